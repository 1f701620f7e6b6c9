# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""RedriveExecution over boto3: what it keeps, what it refuses, and that it survives a crash."""

import json
import uuid

import pytest
from support.segued import Segued
from test_states_api import ROLE, client_of, machine, refusal, wait

HISTORY = [
    "ExecutionStarted", "PassStateEntered", "PassStateExited", "TaskStateEntered",
    "ActivityScheduled", "ActivityStarted", "ActivityFailed", "ExecutionFailed",
    "ExecutionRedriven", "ActivityScheduled", "ActivityStarted", "ActivitySucceeded",
    "TaskStateExited", "ExecutionSucceeded"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    it = Segued(tmp_path_factory.mktemp("redrive")).start()
    yield it
    it.close()


@pytest.fixture
def sfn(server):
    return client_of(server)


@pytest.fixture
def activity(sfn):
    return sfn.create_activity(name=f"work-{uuid.uuid4()}")["activityArn"]


def start(sfn, definition, **more):
    made = sfn.create_state_machine(
        name=f"redrive-{uuid.uuid4()}", definition=definition, roleArn=ROLE, **more)
    return sfn.start_execution(stateMachineArn=made["stateMachineArn"],
                               input='{"a": 1}')["executionArn"]


def work(activity):
    return machine(First={"Type": "Pass", "Next": "Work"},
                   Work={"Type": "Task", "Resource": activity, "Parameters": {
                       "a.$": "$.a", "redrives.$": "$$.Execution.RedriveCount"}, "End": True})


def fail_next(sfn, activity):
    task = sfn.get_activity_task(activityArn=activity)
    sfn.send_task_failure(taskToken=task["taskToken"], error="Boom", cause="bang")
    return task


def succeed_next(sfn, activity, output):
    task = sfn.get_activity_task(activityArn=activity)
    sfn.send_task_success(taskToken=task["taskToken"], output=json.dumps(output))
    return task


def types(sfn, execution):
    events = sfn.get_execution_history(executionArn=execution)["events"]
    return [event["type"] for event in events]


def test_it_goes_on_from_the_state_that_failed_also_after_a_crash(server, sfn, activity):
    execution = start(sfn, work(activity))
    old = fail_next(sfn, activity)
    failed = wait(sfn, execution)
    assert (failed["status"], failed["redriveStatus"]) == ("FAILED", "REDRIVABLE")
    assert failed["redriveCount"] == 0 and "redriveDate" not in failed
    server.kill()
    server.start()
    sfn = client_of(server)
    redriven = sfn.redrive_execution(executionArn=execution)["redriveDate"]
    described = sfn.describe_execution(executionArn=execution)
    assert (described["status"], described["redriveCount"]) == ("RUNNING", 1)
    assert (described["redriveDate"], described["redriveStatus"]) == (redriven, "NOT_REDRIVABLE")
    assert described["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
    assert "error" not in described and "stopDate" not in described
    server.kill()
    server.start()
    sfn = client_of(server)
    new = succeed_next(sfn, activity, {"done": True})
    assert new["taskToken"] != old["taskToken"]
    assert json.loads(new["input"]) == {"a": 1, "redrives": 1}
    done = wait(sfn, execution)
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"done": True})
    assert types(sfn, execution) == HISTORY
    events = sfn.get_execution_history(executionArn=execution)["events"]
    assert events[8]["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert (events[8]["previousEventId"], events[9]["previousEventId"]) == (8, 4)
    assert refusal(sfn.redrive_execution, executionArn=execution) == (
        "ExecutionNotRedrivable", "Execution is SUCCEEDED and cannot be redriven")


def test_a_token_is_good_for_one_redrive(sfn, activity):
    execution = start(sfn, work(activity))
    fail_next(sfn, activity)
    wait(sfn, execution)
    first = sfn.redrive_execution(executionArn=execution, clientToken="once")
    assert sfn.redrive_execution(executionArn=execution, clientToken="once")[
        "redriveDate"] == first["redriveDate"]
    fail_next(sfn, activity)
    wait(sfn, execution)
    sfn.redrive_execution(executionArn=execution, clientToken="once")
    assert sfn.describe_execution(executionArn=execution)["status"] == "FAILED"
    sfn.redrive_execution(executionArn=execution, clientToken="twice")
    assert sfn.describe_execution(executionArn=execution)["redriveCount"] == 2


def test_stopped_executions_go_on_and_branches_that_succeeded_stay(sfn, activity):
    branches = [json.loads(machine(**{f"B{i}": {"Type": "Task", "Resource": activity,
                                                "Parameters": {"branch": i}, "End": True}}))
                for i in range(3)]
    execution = start(sfn, machine(P={"Type": "Parallel", "Branches": branches, "End": True}))
    tasks = [sfn.get_activity_task(activityArn=activity) for _ in range(3)]
    done = json.loads(tasks[0]["input"])["branch"]
    sfn.send_task_success(taskToken=tasks[0]["taskToken"], output='"before"')
    sfn.stop_execution(executionArn=execution)
    sfn.redrive_execution(executionArn=execution)
    code, _ = refusal(sfn.send_task_success, taskToken=tasks[1]["taskToken"], output="1")
    assert code == "TaskTimedOut"
    again = [json.loads(succeed_next(sfn, activity, "after")["input"])["branch"] for _ in range(2)]
    assert sorted([*again, done]) == [0, 1, 2]
    output = json.loads(wait(sfn, execution)["output"])
    assert output == ["before" if i == done else "after" for i in range(3)]


def test_what_cannot_be_redriven(sfn, activity):
    missing = start(sfn, work(activity))
    assert refusal(sfn.redrive_execution, executionArn=missing) == (
        "ExecutionNotRedrivable", "Execution is RUNNING and cannot be redriven")
    nobody = missing.rsplit(":", 1)[0] + ":nobody"
    assert refusal(sfn.redrive_execution, executionArn=nobody)[0] == "ExecutionDoesNotExist"
    assert refusal(sfn.redrive_execution, executionArn="arn:wrong")[0] == "InvalidArn"
    assert refusal(sfn.redrive_execution, executionArn=missing, clientToken="a b")[
        0] == "ValidationException"
    labelled = missing.replace(":execution:redrive-", ":execution:x/y:redrive-")
    labelled = ":".join([*labelled.split(":")[:7], "z"])
    assert refusal(sfn.redrive_execution, executionArn=labelled)[0] == "ValidationException"
    sfn.stop_execution(executionArn=missing)


def test_a_map_run_goes_on_with_its_failed_children(sfn, activity):
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                 **json.loads(machine(W={"Type": "Task", "Resource": activity, "End": True}))}
    execution = start(sfn, machine(
        Items={"Type": "Pass", "Result": [1, 2, 3], "Next": "M"},
        M={"Type": "Map", "Label": "L", "MaxConcurrency": 1, "ItemProcessor": processor,
           "End": True}))
    succeed_next(sfn, activity, "one")
    fail_next(sfn, activity)
    wait(sfn, execution)
    (run,) = sfn.list_map_runs(executionArn=execution)["mapRuns"]
    children = sfn.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    (failed,) = [child["executionArn"] for child in children if child["status"] == "FAILED"]
    described = sfn.describe_execution(executionArn=failed)
    assert described["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
    redriven = sfn.redrive_execution(executionArn=execution)["redriveDate"]
    succeed_next(sfn, activity, "two")
    succeed_next(sfn, activity, "three")
    assert json.loads(wait(sfn, execution)["output"]) == ["one", "two", "three"]
    described = sfn.describe_map_run(mapRunArn=run["mapRunArn"])
    assert (described["status"], described["redriveCount"]) == ("SUCCEEDED", 1)
    assert described["redriveDate"] == redriven
    assert described["startDate"] < redriven
    assert described["itemCounts"]["succeeded"] == 3
    listed = {f: sfn.list_executions(mapRunArn=run["mapRunArn"], redriveFilter=f)["executions"]
              for f in ("REDRIVEN", "NOT_REDRIVEN")}
    assert [(child["executionArn"], child["redriveCount"]) for child in listed["REDRIVEN"]] == [
        (failed, 1)]
    assert len(listed["NOT_REDRIVEN"]) == 2
    events = sfn.get_execution_history(executionArn=execution)["events"]
    (event,) = [event for event in events if event["type"] == "MapRunRedriven"]
    assert event["mapRunRedrivenEventDetails"] == {
        "mapRunArn": run["mapRunArn"], "redriveCount": 1}
    machine_arn = execution.rsplit(":", 1)[0].replace(":execution:", ":stateMachine:")
    assert refusal(sfn.list_executions, stateMachineArn=machine_arn, redriveFilter="REDRIVEN")[
        0] == "ValidationException"


def test_children_wait_for_their_redrive(sfn, activity):
    """The Developer Guide, "Redriving Map Runs": Pending redrive."""
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                 **json.loads(machine(W={"Type": "Task", "Resource": activity, "End": True}))}
    execution = start(sfn, machine(
        Items={"Type": "Pass", "Result": [1, 2, 3], "Next": "M"},
        M={"Type": "Map", "Label": "L", "MaxConcurrency": 3, "ToleratedFailureCount": 1,
           "ItemProcessor": processor, "End": True}))
    tasks = [sfn.get_activity_task(activityArn=activity) for _ in range(3)]
    (run,) = sfn.list_map_runs(executionArn=execution)["mapRuns"]
    arn = run["mapRunArn"]
    sfn.update_map_run(mapRunArn=arn, maxConcurrency=1)
    for task in tasks[:2]:
        sfn.send_task_failure(taskToken=task["taskToken"], error="Boom", cause="bang")
    wait(sfn, execution)

    def counts():
        described = sfn.describe_map_run(mapRunArn=arn)["executionCounts"]
        return {name: count for name, count in described.items() if count}

    def listed(**status_filter):
        executions = sfn.list_executions(mapRunArn=arn, **status_filter)["executions"]
        return sorted(child["status"] for child in executions)

    assert counts() == {"failed": 2, "aborted": 1, "total": 3}
    sfn.redrive_execution(executionArn=execution)
    task = sfn.get_activity_task(activityArn=activity)
    assert counts() == {"running": 1, "pendingRedrive": 2, "total": 3}
    assert listed() == ["PENDING_REDRIVE", "PENDING_REDRIVE", "RUNNING"]
    assert listed(statusFilter="PENDING_REDRIVE") == ["PENDING_REDRIVE"] * 2
    assert listed(statusFilter="FAILED") == listed(statusFilter="ABORTED") == []
    child = sfn.list_executions(mapRunArn=arn, statusFilter="PENDING_REDRIVE")["executions"][0]
    described = sfn.describe_execution(executionArn=child["executionArn"])
    assert (described["status"], described["redriveStatus"]) == (
        "PENDING_REDRIVE", "REDRIVABLE_BY_MAP_RUN")
    sfn.send_task_success(taskToken=task["taskToken"], output="1")
    for _ in range(2):
        succeed_next(sfn, activity, 1)
    assert wait(sfn, execution)["status"] == "SUCCEEDED"
    assert counts() == {"succeeded": 3, "total": 3}
    assert listed(statusFilter="PENDING_REDRIVE") == []
