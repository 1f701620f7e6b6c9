# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""The HTTP API as AWS's own tools see it: boto3 and the AWS CLI, unmodified."""

import collections
import datetime
import http.client
import json
import os
import re
import subprocess
import socket
import sys
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import pytest
from support.client import SUCCEEDED, Client, pass_machine, task
from support.segued import Segued
from support.shop import RESOURCE, Shop

ROLE = "arn:aws:iam::000000000000:role/segue"
KEY = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "not-a-secret"}


def machine(**states):
    return json.dumps({"StartAt": next(iter(states)), "States": states})


PASS = machine(Done={"Type": "Pass", "End": True})
WAIT = machine(Wait={"Type": "Wait", "Seconds": 3600, "End": True})


def client_of(server, **key):
    config = botocore.config.Config(
        inject_host_prefix=False, retries={"max_attempts": 1}, parameter_validation=False)
    return boto3.client("stepfunctions", endpoint_url=server.http_url, region_name="us-east-1",
                        config=config, **(key or KEY))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    it = Segued(tmp_path_factory.mktemp("server")).start()
    yield it
    it.close()


@pytest.fixture(scope="module")
def sfn(server):
    return client_of(server)


@pytest.fixture
def create(sfn, request):
    """Makes a state machine named after the test."""
    def make(definition=PASS, suffix="", **more):
        name = re.sub(r"[^a-zA-Z0-9]", "-", request.node.name)[:70] + suffix
        return sfn.create_state_machine(
            name=name, definition=definition, roleArn=ROLE, **more)["stateMachineArn"]
    return make


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def wait(sfn, execution):
    waited = sfn.describe_execution(executionArn=execution)
    while waited["status"] == "RUNNING":
        waited = sfn.describe_execution(executionArn=execution)
    return waited


class AwsCli:
    """The `aws` command."""

    def __init__(self, server):
        self.url = server.http_url
        self.environment = {
            **os.environ, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": "",
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true"}

    def __call__(self, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", "awscli", "stepfunctions", *arguments,
             "--endpoint-url", self.url, "--output", "json"],
            capture_output=True, text=True, env=self.environment, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout else None


def test_the_command_line_runs_an_execution(server):
    aws = AwsCli(server)
    made = aws("create-state-machine", "--name", "by-cli", "--definition", PASS, "--role-arn", ROLE)
    started = aws("start-execution", "--state-machine-arn", made["stateMachineArn"],
                  "--name", "first", "--input", '{"a": 1}')
    assert started["executionArn"].endswith(":execution:by-cli:first")
    wait(client_of(server), started["executionArn"])
    described = aws("describe-execution", "--execution-arn", started["executionArn"])
    assert (described["status"], json.loads(described["output"])) == ("SUCCEEDED", {"a": 1})
    events = aws("get-execution-history", "--execution-arn", started["executionArn"])["events"]
    assert [event["type"] for event in events] == [
        "ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    names = [it["name"] for it in aws("list-state-machines")["stateMachines"]]
    assert "by-cli" in names


def test_the_command_line_runs_an_express_execution(server):
    aws = AwsCli(server)
    made = aws("create-state-machine", "--name", "express-cli", "--definition", PASS,
               "--role-arn", ROLE, "--type", "EXPRESS")
    done = aws("start-sync-execution", "--state-machine-arn", made["stateMachineArn"],
               "--input", '{"b":2}')
    assert (done["status"], done["output"]) == ("SUCCEEDED", '{"b":2}')


def test_creating_again_is_the_same_or_refused(sfn, create):
    arn = create()
    assert create() == arn
    code, message = refusal(create, definition=WAIT)
    assert (code, message) == (
        "StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")


def test_an_update_makes_a_revision(sfn, create):
    arn = create()
    assert "revisionId" not in sfn.describe_state_machine(stateMachineArn=arn)
    updated = sfn.update_state_machine(stateMachineArn=arn, definition=WAIT)
    described = sfn.describe_state_machine(stateMachineArn=arn)
    assert (described["definition"], described["revisionId"]) == (WAIT, updated["revisionId"])
    again = sfn.update_state_machine(stateMachineArn=arn, definition=WAIT)
    assert again["revisionId"] == updated["revisionId"]


def test_starting_again_is_the_same_while_it_runs(sfn, create):
    arn = create(WAIT)
    first = sfn.start_execution(stateMachineArn=arn, name="one", input="{}")
    again = sfn.start_execution(stateMachineArn=arn, name="one", input="{}")
    assert (again["executionArn"], again["startDate"]) == (
        first["executionArn"], first["startDate"])
    execution = first["executionArn"]
    other = {"stateMachineArn": arn, "name": "one", "input": '{"x":1}'}
    assert refusal(sfn.start_execution, **other) == (
        "ExecutionAlreadyExists", f"Execution Already Exists: '{execution}'")
    sfn.stop_execution(executionArn=execution, error="Enough", cause="of this")
    stopped = wait(sfn, execution)
    assert (stopped["status"], stopped["error"], stopped["cause"]) == (
        "ABORTED", "Enough", "of this")
    assert refusal(sfn.start_execution, stateMachineArn=arn, name="one", input="{}")[0] == (
        "ExecutionAlreadyExists")


def test_pages_hold_everything_once(sfn, create):
    arn = create()
    started = {sfn.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(7)}
    for execution in started:
        wait(sfn, execution)
    pages = list(sfn.get_paginator("list_executions").paginate(
        stateMachineArn=arn, PaginationConfig={"PageSize": 3}))
    assert [len(page["executions"]) for page in pages] == [3, 3, 1]
    listed = [it["executionArn"] for page in pages for it in page["executions"]]
    assert (len(listed), set(listed)) == (7, started)
    history = list(sfn.get_paginator("get_execution_history").paginate(
        executionArn=listed[0], reverseOrder=True, PaginationConfig={"PageSize": 3}))
    assert [[event["id"] for event in page["events"]] for page in history] == [[4, 3, 2], [1]]
    assert sfn.list_executions(stateMachineArn=arn, statusFilter="FAILED")["executions"] == []
    assert refusal(sfn.list_executions, stateMachineArn=arn, nextToken="nonsense")[0] == (
        "InvalidToken")


def test_versions_and_aliases_route_starts(sfn, create):
    arn = create(publish=True)
    one = f"{arn}:1"
    sfn.update_state_machine(stateMachineArn=arn, definition=WAIT, publish=True)
    two = f"{arn}:2"
    listed = sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [it["stateMachineVersionArn"] for it in listed] == [two, one]
    route = [{"stateMachineVersionArn": one, "weight": 100}]
    alias = sfn.create_state_machine_alias(
        name="live", routingConfiguration=route)["stateMachineAliasArn"]
    execution = sfn.start_execution(stateMachineArn=alias)["executionArn"]
    done = wait(sfn, execution)
    assert (done["status"], done["stateMachineVersionArn"], done["stateMachineAliasArn"]) == (
        "SUCCEEDED", one, alias)
    code, message = refusal(sfn.delete_state_machine_version, stateMachineVersionArn=one)
    assert (code, "[live]" in message) == ("ConflictException", True)
    split = [{"stateMachineVersionArn": one, "weight": 60},
             {"stateMachineVersionArn": two, "weight": 50}]
    code, message = refusal(sfn.update_state_machine_alias, stateMachineAliasArn=alias,
                            routingConfiguration=split)
    assert (code, message) == (
        "ValidationException",
        "Sum of routing configuration weights must equal 100. Received: [60,50]")
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    sfn.delete_state_machine_version(stateMachineVersionArn=one)
    listed = sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [it["stateMachineVersionArn"] for it in listed] == [two]
    sfn.delete_state_machine_version(stateMachineVersionArn=two)
    three = sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    assert three == f"{arn}:3"  # a number is never used again


def test_a_start_by_an_alias_may_be_repeated(sfn, create):
    arn = create(definition=WAIT, publish=True)
    other = machine(Wait={"Type": "Wait", "Seconds": 7200, "End": True})
    sfn.update_state_machine(stateMachineArn=arn, definition=other, publish=True)
    alias = sfn.create_state_machine_alias(name="split", routingConfiguration=[
        {"stateMachineVersionArn": f"{arn}:1", "weight": 50},
        {"stateMachineVersionArn": f"{arn}:2", "weight": 50}])["stateMachineAliasArn"]
    started = {sfn.start_execution(stateMachineArn=alias, name="once")["executionArn"]
               for _ in range(20)}
    assert len(started) == 1


def test_an_alias_splits_starts_by_weight(sfn, create):
    arn = create(publish=True)
    sfn.update_state_machine(stateMachineArn=arn, definition=machine(Done={"Type": "Succeed"}),
                             publish=True)
    route = [{"stateMachineVersionArn": f"{arn}:{version}", "weight": weight}
             for version, weight in ((1, 80), (2, 20))]
    alias = sfn.create_state_machine_alias(
        name="split", routingConfiguration=route)["stateMachineAliasArn"]

    def versions(count):
        started = [sfn.start_execution(stateMachineArn=alias)["executionArn"]
                   for _ in range(count)]
        chosen = [wait(sfn, execution)["stateMachineVersionArn"] for execution in started]
        return collections.Counter(version.rpartition(":")[2] for version in chosen)

    # Of 150, 120 are expected; six standard deviations beside it are 29 more or fewer.
    counts = versions(150)
    assert set(counts) == {"1", "2"} and 91 <= counts["1"] <= 149, counts
    sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=[
        {"stateMachineVersionArn": f"{arn}:1", "weight": 0},
        {"stateMachineVersionArn": f"{arn}:2", "weight": 100}])
    assert versions(20) == {"2": 20}


def test_a_synchronous_start_is_answered_by_the_end(sfn, create):
    short = machine(Wait={"Type": "Wait", "Seconds": 1, "End": True})
    done = sfn.start_sync_execution(
        stateMachineArn=create(short, type="EXPRESS"), input='{"a": 1}')
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"a": 1})
    assert (done["stopDate"] - done["startDate"]).total_seconds() >= 1


def test_tags_come_and_go(sfn, create):
    arn = create(tags=[{"key": "team", "value": "shop"}])
    sfn.tag_resource(resourceArn=arn, tags=[{"key": "tier", "value": "1"}])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [
        {"key": "team", "value": "shop"}, {"key": "tier", "value": "1"}]
    sfn.untag_resource(resourceArn=arn, tagKeys=["team", "none"])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "tier", "value": "1"}]
    many = [{"key": str(i), "value": ""} for i in range(50)]
    assert refusal(sfn.tag_resource, resourceArn=arn, tags=many)[0] == "TooManyTags"


def test_errors_are_those_of_aws(sfn, create):
    arn = create(WAIT)
    missing = arn + "-not"
    assert refusal(sfn.describe_state_machine, stateMachineArn=missing) == (
        "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{missing}'")
    assert refusal(sfn.describe_execution, executionArn="orders") == (
        "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: orders'")
    assert refusal(sfn.list_executions, stateMachineArn=arn, maxResults=1001) == (
        "ValidationException",
        "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 1000")
    assert refusal(sfn.create_state_machine, name="a b", definition=PASS, roleArn=ROLE) == (
        "InvalidName", "Invalid Name: 'a b'")
    assert refusal(sfn.start_execution, stateMachineArn=arn, input="{")[0] == (
        "InvalidExecutionInput")
    broken = machine(Done={"Type": "Pass"})
    assert refusal(create, definition=broken, suffix="2")[0] == "InvalidDefinition"
    assert refusal(sfn.start_sync_execution, stateMachineArn=arn)[0] == (
        "StateMachineTypeNotSupported")


def test_both_apis_see_the_same(server, sfn, create):
    arn = create()
    grpc = Client(server.address)
    name = arn.rpartition(":")[2]
    grpc.wait(grpc.submit(name, {"g": 1}, execution_id="by-grpc").execution_id)
    listed = sfn.list_executions(stateMachineArn=arn)["executions"]
    assert [it["name"] for it in listed] == ["by-grpc"]
    seen = sfn.describe_execution(executionArn=listed[0]["executionArn"])
    assert (seen["status"], json.loads(seen["output"])) == ("SUCCEEDED", {"g": 1})
    grpc.create("from-grpc", pass_machine())
    made = arn.rpartition(":")[0] + ":from-grpc"
    assert sfn.describe_state_machine(stateMachineArn=made)["type"] == "STANDARD"
    grpc.close()


def test_everything_survives_a_restart(tmp_path):
    server = Segued(tmp_path).start()
    try:
        sfn = client_of(server)
        arn = sfn.create_state_machine(name="kept", definition=PASS, roleArn=ROLE, publish=True,
                                       tags=[{"key": "a", "value": "b"}])["stateMachineArn"]
        sfn.create_state_machine_alias(name="live", routingConfiguration=[
            {"stateMachineVersionArn": f"{arn}:1", "weight": 100}])
        activity = sfn.create_activity(name="pack")["activityArn"]
        sfn.start_execution(stateMachineArn=f"{arn}:live", name="one")
        before = wait(sfn, arn.replace(":stateMachine:", ":execution:") + ":one")
        server.kill()
        server.start()
        sfn = client_of(server)
        after = sfn.describe_execution(executionArn=before["executionArn"])
        assert {**after, "ResponseMetadata": 0} == {**before, "ResponseMetadata": 0}
        assert sfn.describe_state_machine_alias(
            stateMachineAliasArn=f"{arn}:live")["name"] == "live"
        assert sfn.describe_activity(activityArn=activity)["name"] == "pack"
        assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [
            {"key": "a", "value": "b"}]
        assert sfn.describe_state_machine(stateMachineArn=arn)["roleArn"] == ROLE
    finally:
        server.close()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    http = {"access_keys": [{"id": KEY["aws_access_key_id"],
                             "secret": KEY["aws_secret_access_key"]}],
            "verify_signatures": True}
    it = Segued(tmp_path_factory.mktemp("guarded"), http=http).start()
    yield it
    it.close()


def test_the_right_signature_is_let_in(guarded):
    assert client_of(guarded).list_state_machines()["stateMachines"] == []


@pytest.mark.parametrize(("key", "code"), [
    ({**KEY, "aws_secret_access_key": "guessed"}, "InvalidSignatureException"),
    ({**KEY, "aws_access_key_id": "NOBODY"}, "UnrecognizedClientException"),
])
def test_a_wrong_signature_is_not(guarded, key, code):
    assert refusal(client_of(guarded, **key).list_state_machines)[0] == code


def test_a_request_without_a_signature_is_not_let_in(guarded):
    target = {"X-Amz-Target": "AWSStepFunctions.ListStateMachines"}
    request = urllib.request.Request(guarded.http_url, data=b"{}", headers=target)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert json.load(caught.value)["__type"] == "MissingAuthenticationTokenException"


def test_a_clock_that_is_wrong_is_told(guarded, monkeypatch):
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: past.replace(tzinfo=None))
    code, message = refusal(client_of(guarded).list_state_machines)
    assert (code, message.startswith("Signature expired: ")) == ("InvalidSignatureException", True)


def test_what_is_no_request_of_the_api_is_told(server):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(server.http_url)
    assert (caught.value.code, json.load(caught.value)["__type"]) == (
        400, "UnknownOperationException")
    large = urllib.request.Request(server.http_url, data=b" " * (5 << 20))
    with pytest.raises((urllib.error.HTTPError, urllib.error.URLError)) as caught:
        urllib.request.urlopen(large)
    if isinstance(caught.value, urllib.error.HTTPError):  # or the connection ended before
        assert caught.value.code == 413


def test_a_worker_does_an_activity(sfn, create):
    activity = sfn.create_activity(name="pack")["activityArn"]
    arn = create(machine(Pack={"Type": "Task", "Resource": activity, "HeartbeatSeconds": 60,
                               "End": True}))
    execution = sfn.start_execution(stateMachineArn=arn, input='{"box":1}')["executionArn"]
    task = sfn.get_activity_task(activityArn=activity, workerName="ann")
    assert json.loads(task["input"]) == {"box": 1}
    sfn.send_task_heartbeat(taskToken=task["taskToken"])
    sfn.send_task_success(taskToken=task["taskToken"], output='{"packed":true}')
    done = wait(sfn, execution)
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"packed": True})
    assert refusal(sfn.send_task_success, taskToken=task["taskToken"], output="{}")[0] == (
        "TaskTimedOut")
    assert refusal(sfn.send_task_failure, taskToken="nonsense")[0] == "InvalidToken"
    assert refusal(sfn.get_activity_task, activityArn=activity + "-not")[0] == (
        "ActivityDoesNotExist")


def test_a_worker_that_has_gone_takes_no_task(server, sfn, create):
    activity = sfn.create_activity(name="lift")["activityArn"]
    arn = create(machine(Lift={"Type": "Task", "Resource": activity, "End": True}))
    config = botocore.config.Config(read_timeout=0.2, retries={"max_attempts": 0})
    gone = boto3.client("stepfunctions", endpoint_url=server.http_url, region_name="us-east-1",
                        config=config, **KEY)
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        gone.get_activity_task(activityArn=activity)
    gone.close()
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    task = sfn.get_activity_task(activityArn=activity)
    sfn.send_task_failure(taskToken=task["taskToken"], error="Dropped", cause="on the floor")
    done = wait(sfn, execution)
    assert (done["status"], done["error"], done["cause"]) == ("FAILED", "Dropped", "on the floor")


def test_a_map_run_can_be_watched(sfn, create):
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                 "StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}
    arn = create(machine(All={"Type": "Map", "ItemProcessor": processor, "Label": "All",
                              "End": True}))
    execution = sfn.start_execution(stateMachineArn=arn, input="[1,2,3]")["executionArn"]
    assert wait(sfn, execution)["status"] == "SUCCEEDED"
    run = sfn.list_map_runs(executionArn=execution)["mapRuns"][0]["mapRunArn"]
    described = sfn.describe_map_run(mapRunArn=run)
    assert (described["status"], described["itemCounts"]["succeeded"]) == ("SUCCEEDED", 3)
    children = sfn.list_executions(mapRunArn=run)["executions"]
    assert len(children) == 3
    child = sfn.describe_execution(executionArn=children[0]["executionArn"])
    assert (child["status"], child["mapRunArn"]) == ("SUCCEEDED", run)
    assert len(sfn.list_executions(stateMachineArn=arn)["executions"]) == 1


def test_a_server_that_stops_takes_nothing_new_and_answers_what_is_asked(tmp_path):
    shop = Shop()
    server = Segued(tmp_path, [shop.service()]).start()
    try:
        client = Client(server.address)
        charge = task(RESOURCE, {"order_id": "slow", "delay_ms": 3000})
        under_way = client.submit({"StartAt": "T", "States": {"T": charge}}).execution_id
        shop.wait_until(lambda: shop.in_flight == 1)
        activity = client_of(server).create_activity(name="never")["activityArn"]
        poll, idle = (http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=20)
                      for _ in range(2))
        poll.request("POST", "/", json.dumps({"activityArn": activity}), {
            "X-Amz-Target": "AWSStepFunctions.GetActivityTask",
            "Content-Type": "application/x-amz-json-1.0"})
        # Answered after the poll was read.
        idle.request("GET", "/")
        idle.getresponse().read()
        server.terminate()
        server.wait_for_log("draining")
        # The listener is closed before what is idle.
        assert idle.sock.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.http_port), timeout=5)
        assert shop.in_flight == 1
        answer = poll.getresponse()
        assert (answer.status, json.loads(answer.read()).get("taskToken")) == (200, None)
        client.close()
        assert server.wait(timeout=30) == 0
        server.start()
        client = Client(server.address)
        assert client.wait(under_way).status == SUCCEEDED
        assert len(shop.ledger) == 1  # it was waited for
        client.close()
    finally:
        server.close()
        shop.stop()
