# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""kill -9 in a loop, under load: nothing acknowledged is lost, and no result applied twice.

Now and then it dies while it starts or recovers; now and then it is stopped (SIGSTOP) before, for
longer than its calls may take: what it was waiting for is over when it goes on. CRASHES (30) says
how often it dies, SEED what is submitted and when.
"""

import collections
import dataclasses
import json
import os
import random
import threading
import time

import grpc
import pytest
from support.client import FAILED, SUCCEEDED, Client, machine, submit_request, task
from support.segued import Segued
from support.shop import RESOURCE, Shop
from support.worker import Worker

CRASHES = int(os.environ.get("CRASHES", "30"))
SEED = int(os.environ.get("SEED", "20"))
SUBMITTERS = 4
LIVES_S = (0.05, 1.2)  # how long the server lives, from when it takes calls
STARTS_S = (0, 0.3)  # of one that is to die while it starts: from when its process begins
CLOSING = ("TaskSucceeded", "TaskFailed", "TaskTimedOut")
# What a crash may do to an attempt is seen as these, and tried again.
AGAIN = [{"ErrorEquals": ["Grpc.Unavailable", "States.Timeout"], "IntervalSeconds": 1,
          "MaxAttempts": 8}]
TIMEOUT_S = 2  # of a call
STARTING, STOPPED = 0.2, 0.2  # of the lives
# The workflows: one that calls the shop, one that asks a worker, and one that starts the first.
CALLS, ASKS, STARTS = "calls", "asks", "starts"
TASK_TYPE = "charge"


def charge(name, **fields):
    parameters = {"order_id.$": f"States.Format('{{}}-{name}', $.order_id)",
                  "delay_ms.$": "$.delay_ms", "fail_code.$": "$.fail_code",
                  "fail_times.$": "$.fail_times"}
    return task(RESOURCE, parameters, Retry=AGAIN, TimeoutSeconds=TIMEOUT_S, **fields)


def calls_definition():
    """Tasks in sequence, in a Parallel and in a Map, and a Wait between."""
    branches = [machine(name, **{name: charge(name)}) for name in ("Left", "Right")]
    each = {"Type": "Map", "ItemsPath": "$.items", "End": True,
            "ItemSelector": {"order_id.$": "States.Format('{}-{}', $.order_id, $$.Map.Item.Value)",
                             "delay_ms.$": "$.delay_ms", "fail_code": "", "fail_times": 0},
            "ItemProcessor": machine("Line", Line=charge("Line"))}
    return machine(
        "First",
        First=charge("First", ResultPath=None, Next="Sleep"),
        Sleep={"Type": "Wait", "Seconds": 1, "Next": "Both"},
        Both={"Type": "Parallel", "Branches": branches, "ResultPath": None, "Next": "Lines"},
        Lines=each)


def asks_definition():
    ask = task(f"worker:{TASK_TYPE}", {"order_id.$": "$.order_id"}, Retry=AGAIN,
               TimeoutSeconds=TIMEOUT_S)
    return machine("Ask", Ask=ask)


def starts_definition():
    child = f"arn:aws:states:us-east-1:000000000000:stateMachine:{CALLS}"
    return machine("Child", Child=task(
        "arn:aws:states:::states:startExecution.sync:2",
        {"StateMachineArn": child, "Name.$": "$.order_id", "Input.$": "$"}))


@dataclasses.dataclass
class Submitted:
    workflow: str
    data: dict

    def is_to_fail(self):
        return self.workflow != ASKS and self.data["fail_times"] == 99

    def tasks(self):
        """How many tasks it runs if all goes as it should."""
        if self.workflow != CALLS or self.is_to_fail():
            return 1
        return 1 + 2 + len(self.data["items"])


class Load:
    """Submits without end from some threads, and keeps what was acknowledged."""

    def __init__(self, address, seed):
        self.acknowledged = {}  # execution id: what was submitted
        self.faults = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._address = address
        self._threads = [
            threading.Thread(target=self._run, args=(number, random.Random(seed + number)))
            for number in range(SUBMITTERS)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Each thread ends once its last submit has been acknowledged."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number, dice):
        client = Client(self._address)
        try:
            count = 0
            while not self._stop.is_set():
                self._submit(client, f"{number}-{count}", dice)
                count += 1
                self._stop.wait(dice.uniform(0, 0.15))
        except Exception as fault:  # handed to the test, which fails with it
            self.faults.append(fault)
        finally:
            client.close()

    def _submit(self, client, order, dice):
        kind = dice.random()
        fail_code, fail_times = ("UNAVAILABLE", 1) if kind < 0.2 else ("", 0)
        if kind > 0.9:
            fail_code, fail_times = "FAILED_PRECONDITION", 99
        data = {"order_id": order, "delay_ms": dice.choice([0, 0, 5, 50, 200]),
                "fail_code": fail_code, "fail_times": fail_times,
                "items": list(range(dice.randint(0, 3)))}
        submitted = Submitted(dice.choices([CALLS, ASKS, STARTS], [4, 1, 1])[0], data)
        request = submit_request(submitted.workflow, data, request_id=f"request-{order}")
        while True:
            try:
                answer = client.executions.SubmitWorkflow(request, timeout=10, wait_for_ready=True)
                break
            except grpc.RpcError as error:
                # The server died: the same request again.
                if error.code() not in (grpc.StatusCode.UNAVAILABLE,
                                        grpc.StatusCode.DEADLINE_EXCEEDED):
                    raise
        with self._lock:
            self.acknowledged[answer.execution.execution_id] = submitted


def attempts_of(execution, events):
    """One result for each attempt, and one key for each task: its attempts, as [number, type of the
    result, output]."""
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    open_attempts, keys = {}, collections.defaultdict(list)
    states = collections.defaultdict(set)
    for event in events:
        if event.type == "TaskScheduled":
            assert event.branch_id not in open_attempts, f"two attempts at once: {event}"
            open_attempts[event.branch_id] = event
            keys[event.idempotency_key].append([event.attempt, None, None])
            states[event.idempotency_key].add((event.branch_id, event.state_name))
        elif event.type in CLOSING:
            scheduled = open_attempts.pop(event.branch_id, None)
            assert scheduled is not None, f"a result without an attempt: {event}"
            keys[scheduled.idempotency_key][-1][1:] = [event.type, event.output]
    assert not open_attempts, "an attempt without a result"
    for key, attempts in keys.items():
        assert key.startswith(execution.execution_id + "/")
        assert len(states[key]) == 1, f"one key for two tasks: {states[key]}"
        assert [attempt for attempt, _, _ in attempts] == list(range(1, len(attempts) + 1))
        assert all(kind != "TaskSucceeded" for _, kind, _ in attempts[:-1])
    return keys


def check_ledger(keys, calls):
    """What was called is what the history tells."""
    assert {call.key for call in calls} <= set(keys), "a call that no history tells of"
    for key, attempts in keys.items():
        check_task(key, attempts, [call for call in calls if call.key == key])


def check_task(key, attempts, calls):
    """That task's attempts by the history against its calls by the ledger."""
    assert {call.attempt for call in calls} <= {attempt for attempt, _, _ in attempts}
    order = [call.attempt for call in calls]
    assert order == sorted(order), f"an older attempt was called after a newer one: {order}"
    assert len({call.order_id for call in calls}) <= 1
    _, kind, output = attempts[-1]
    charged = {call.charge_id for call in calls if call.charge_id}
    if kind == "TaskSucceeded":
        assert charged == {json.loads(output)["charge_id"]}, f"{key}: {charged}, {output}"


def let(shop, seconds):
    """Goes on with everything for so long."""
    with shop.changed:
        shop.changed.wait_for(lambda: False, seconds)


def crash(server, shop, load, dice):
    """Lives once; when it was killed."""
    if dice.random() < STARTING:
        server.spawn()
        let(shop, dice.uniform(*STARTS_S))
        kind = "just started" if server.is_serving() else "as it started"
    else:
        server.start()
        let(shop, dice.uniform(*LIVES_S))
        kind = "at work"
    if kind == "at work" and dice.random() < STOPPED:
        server.pause()
        let(shop, TIMEOUT_S + 0.5)
        server.go_on()
        let(shop, dice.uniform(0, 0.5))  # it finds what has become of everything meanwhile
        kind = "after a stop"
    assert not load.faults, load.faults
    assert server.running(), server.log[-10:]
    server.kill()
    return kind


@pytest.fixture
def place(tmp_path):
    shop = Shop()
    server = Segued(tmp_path, [shop.service(max_concurrency=32)])
    worker = Worker(server.address, TASK_TYPE)
    yield server, shop, worker
    worker.stop()
    server.close()
    shop.stop()


def test_crashes(place):
    server, shop, worker = place
    server.start()
    client = Client(server.address)
    client.create(CALLS, calls_definition())
    client.create(ASKS, asks_definition())
    client.create(STARTS, starts_definition())
    server.kill()
    dice = random.Random(SEED)
    load = Load(server.address, SEED)
    try:
        crashes = collections.Counter(crash(server, shop, load, dice) for _ in range(CRASHES))
        server.start()
    finally:
        load.stop()
    assert not load.faults, load.faults
    ledger = Ledger(client, shop, worker)
    for execution_id, submitted in load.acknowledged.items():
        ledger.check(execution_id, submitted)
    assert not worker.faults, worker.faults
    print(f"seed {SEED}: {CRASHES} crashes {dict(crashes)}, {len(load.acknowledged)} executions "
          f"{dict(collections.Counter(each.workflow for each in load.acknowledged.values()))}, "
          f"{ledger.tasks} tasks, {len(shop.ledger)} calls, {len(shop.charges)} charges, "
          f"{len(worker.ledger)} tasks given to the worker")
    # The list holds what was acknowledged, what that started, and nothing else.
    assert sorted(client.list_ids()) == sorted(ledger.checked)
    assert {call.execution for call in shop.ledger + worker.ledger} <= ledger.checked
    assert len(load.acknowledged) >= CRASHES
    client.close()
    assert server.stop() == 0


class Ledger:
    """Checks executions against what the shop and the worker have noted."""

    def __init__(self, client, shop, worker):
        self.tasks = 0
        self.checked = set()
        self._client, self._shop, self._worker = client, shop, worker

    def check(self, execution_id, submitted):
        """It ended as it should, and so did its tasks."""
        assert execution_id not in self.checked
        self.checked.add(execution_id)
        done = self._client.wait(execution_id)
        assert done.status == (FAILED if submitted.is_to_fail() else SUCCEEDED), (submitted, done)
        keys = attempts_of(done, self._client.history(execution_id))
        assert len(keys) == submitted.tasks()
        self.tasks += len(keys)
        if submitted.workflow == STARTS:
            self._check_child(done, keys, submitted)
        else:
            check_ledger(keys, self._shop.calls(execution_id) + self._worker.calls(execution_id))
            check_result(done, submitted)

    def _check_child(self, done, keys, submitted):
        """It started one other, once, and has its result."""
        # With this call an execution of its workflow begins.
        first = submitted.data["order_id"] + "-First"
        (child_id,) = {call.execution for call in self._shop.ledger if call.order_id == first}
        child = dataclasses.replace(submitted, workflow=CALLS)
        self.check(child_id, child)
        ((attempt,),) = keys.values()
        assert attempt[0] == 1
        if child.is_to_fail():
            assert done.error.error == "States.TaskFailed"
        else:
            output = self._client.get(child_id).output
            assert json.loads(done.output)["Output"] == json.loads(output)


def check_result(done, submitted):
    if submitted.is_to_fail():
        assert done.error.error == "Grpc.FailedPrecondition"
    elif submitted.workflow == CALLS:
        assert len(json.loads(done.output)) == len(submitted.data["items"])
    else:
        assert json.loads(done.output)["order_id"] == submitted.data["order_id"]
