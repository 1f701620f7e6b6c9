# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""Tasks that others complete: workers, activities, tokens; and executions that start others."""

import base64
import json
import threading

import grpc
from support.client import (CANCELLED, FAILED, RUNNING, SUCCEEDED, ex, machine, pass_machine,
                            refused, task, wait_machine)
from test_states_api import client_of, refusal

ACTIVITY = "arn:aws:states:us-east-1:000000000000:activity:paint"
NESTED = "arn:aws:states:::states:startExecution"
SCOPE = "arn:aws:states:us-east-1:000000000000"


def worker_machine(task_type, **fields):
    return machine("T", T=task(f"worker:{task_type}", **fields))


def types(client, execution):
    return [event.type for event in client.history(execution.execution_id)]


def test_a_worker_pulls_a_task_and_completes_it(world):
    client = world.client
    execution = client.submit(worker_machine("resize"), {"size": 3})
    pulled = client.poll("resize", worker="box 1")
    assert json.loads(pulled.input) == {"size": 3}
    assert pulled.execution_id == execution.execution_id and pulled.attempt == 1
    client.complete(pulled.task_token, {"done": True})
    ended = client.wait(execution.execution_id)
    assert (ended.status, json.loads(ended.output)) == (SUCCEEDED, {"done": True})
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as got:
        client.complete(pulled.task_token, {})
    assert got.refusal.reason == "TASK_GONE"


def test_a_result_may_be_as_large_as_is_configured(new_world):
    world = new_world(config={"limits": {"max_payload_bytes": 400_000}})
    fits, too_large = '"' + "x" * 399_998 + '"', '"' + "x" * 399_999 + '"'
    executions = [world.client.submit(worker_machine("resize"), {}) for _ in range(2)]
    token = world.client.poll("resize").task_token
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as got:
        world.client.complete(token, json.loads(too_large))
    assert got.refusal.reason == "TOO_LARGE"
    world.client.complete(token, json.loads(fits))
    sfn = client_of(world.server)
    token = world.client.poll("resize").task_token
    code, _ = refusal(sfn.send_task_success, taskToken=token, output=too_large)
    assert code == "ValidationException"
    sfn.send_task_success(taskToken=token, output=fits)
    for execution in executions:
        assert world.client.wait(execution.execution_id).output == fits


def test_a_poll_waits_for_a_task(world):
    client, got = world.client, []
    waiting = threading.Thread(target=lambda: got.append(client.poll("late")))
    waiting.start()
    client.submit(worker_machine("late"), {"n": 1})
    waiting.join(30)
    assert json.loads(got[0].input) == {"n": 1}


def test_a_poll_without_a_task_ends(world):
    assert world.client.poll("nothing", seconds=1) is None


def test_activities_fail_and_are_retried(world):
    ended = world.client.run(machine("T", T=task(ACTIVITY)), {})
    assert ended.error.error == "States.Runtime"
    assert ended.error.cause.endswith(f"The activity {ACTIVITY} does not exist.")
    client_of(world.server).create_activity(name="paint")
    retry = [{"ErrorEquals": ["Paint.Empty"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    execution = world.client.submit(machine("T", T=task(ACTIVITY, Retry=retry)), {})
    first = world.client.poll(activity="paint")
    world.client.fail(first.task_token, "Paint.Empty", "no red left")
    second = world.client.poll(activity="paint")
    assert second.attempt == 2 and second.task_token != first.task_token
    assert second.idempotency_key == first.idempotency_key
    world.client.fail(second.task_token, "Paint.Empty", "no red left")
    ended = world.client.wait(execution.execution_id)
    assert (ended.status, ended.error.error) == (FAILED, "Paint.Empty")


def test_a_missing_heartbeat_times_the_task_out(world):
    execution = world.client.submit(worker_machine("slow", HeartbeatSeconds=2), {})
    pulled = world.client.poll("slow")
    world.client.heartbeat(pulled.task_token)
    ended = world.client.wait(execution.execution_id)
    assert ended.error.error == "States.HeartbeatTimeout"
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        world.client.heartbeat(pulled.task_token)


def test_tokens_that_were_never_given_out(world):
    made_up = base64.urlsafe_b64encode(b"2/x/0/1/1/ff").decode()
    for token in ("", "garbage", made_up):
        with refused(grpc.StatusCode.INVALID_ARGUMENT if token != made_up
                     else grpc.StatusCode.NOT_FOUND):
            world.client.complete(token, {})


def test_tokens_and_queues_survive_a_crash(new_world):
    world = new_world()
    client = world.client
    held = client.submit(worker_machine("held"), {"n": 1})
    queued = client.submit(worker_machine("queued"), {"n": 2})
    token = client.poll("held").task_token
    # Until the worker's name is durable: the token is as good before, the queue is not.
    while "TaskStarted" not in types(client, held):
        client.get(held.execution_id)
    world.server.kill()
    world.server.start()
    assert client.poll("held", seconds=1) is None
    client.complete(token, "held")
    again = client.poll("queued")
    client.complete(again.task_token, "queued")
    for execution in (held, queued):
        assert client.wait(execution.execution_id).status == SUCCEEDED


def test_a_server_that_stops_does_not_wait_for_workers(new_world):
    world = new_world()
    world.client.submit(worker_machine("never"), {})
    polling = threading.Thread(target=lambda: world.client.poll("idle"))
    polling.start()
    world.server.stop(timeout=15)
    polling.join(10)


def start(name, suffix="", **arguments):
    fields = {"StateMachineArn": f"{SCOPE}:stateMachine:{name}", **arguments}
    return machine("S", S=task(NESTED + suffix, fields))


def test_an_execution_starts_another_and_waits_for_it(world):
    client = world.client
    child = client.store(pass_machine())
    for suffix, output in (("", None), (".sync", '{"a":1}'), (".sync:2", {"a": 1})):
        ended = client.run(start(child, suffix, Input={"a": 1}))
        assert ended.status == SUCCEEDED, ended
        result = json.loads(ended.output)
        assert result["ExecutionArn"].startswith(f"{SCOPE}:execution:{child}:")
        assert result.get("Output") == output


def test_what_a_child_fails_with(world):
    child = world.client.store(machine("F", F={"Type": "Fail", "Error": "Bad", "Cause": "luck"}))
    ended = world.client.run(start(child, ".sync", Input={}))
    assert ended.error.error == "States.TaskFailed"
    cause = json.loads(ended.error.cause)
    assert (cause["Error"], cause["Cause"], cause["Status"]) == ("Bad", "luck", "FAILED")
    ended = world.client.run(start("nowhere"))
    assert ended.error.error == "StepFunctions.StateMachineDoesNotExistException"


def find_child(client, name):
    answer = client.executions.ListExecutions(ex.ListExecutionsRequest(), timeout=10)
    return next((found for found in answer.executions if found.workflow == name), None)


def test_a_cancel_reaches_the_child_and_a_crash_does_not_lose_it(new_world):
    world = new_world()
    client = world.client
    child_name = client.store(wait_machine(300))
    parent = client.submit(start(child_name, ".sync", Input={}))
    child = None
    while child is None:
        child = find_child(client, child_name)
    world.server.kill()
    world.server.start()
    assert client.get(parent.execution_id).status == RUNNING
    client.cancel(parent.execution_id)
    assert client.wait(child.execution_id).status == CANCELLED
