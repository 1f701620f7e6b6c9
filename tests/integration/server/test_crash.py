# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""kill -9 in a loop, under load: nothing acknowledged is lost, and no result applied twice.

Now and then the server is stopped (SIGSTOP) before, for longer than its calls may take: what it was
waiting for is over when it goes on. CRASHES (30) says how often it dies, SEED what is submitted and
when.
"""

import collections
import json
import os
import random
import threading
import time

import grpc
import pytest
from support.client import (FAILED, SUCCEEDED, Client, ex, machine, submit_request, task)
from support.segued import Segued
from support.shop import RESOURCE, Shop

CRASHES = int(os.environ.get("CRASHES", "30"))
SEED = int(os.environ.get("SEED", "20"))
SUBMITTERS = 4
LIVES_S = (0.05, 1.2)  # how long the server lives, from when it takes calls
CLOSING = ("TaskSucceeded", "TaskFailed", "TaskTimedOut")
# What a crash may do to an attempt is seen as these, and tried again.
AGAIN = [{"ErrorEquals": ["Grpc.Unavailable", "States.Timeout"], "IntervalSeconds": 1,
          "MaxAttempts": 8}]
TIMEOUT_S = 2  # of a call
STOPPED = 0.2  # of the lives
WORKFLOW = "crash"


def charge(name, **fields):
    parameters = {"order_id.$": f"States.Format('{{}}-{name}', $.order_id)",
                  "delay_ms.$": "$.delay_ms", "fail_code.$": "$.fail_code",
                  "fail_times.$": "$.fail_times"}
    return task(RESOURCE, parameters, Retry=AGAIN, TimeoutSeconds=TIMEOUT_S, **fields)


def definition():
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


class Load:
    """Submits without end from some threads, and keeps what was acknowledged."""

    def __init__(self, address, seed):
        self.acknowledged = {}  # execution id: its input
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
        request = submit_request(WORKFLOW, data, request_id=f"request-{order}")
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
            self.acknowledged[answer.execution.execution_id] = data


def tasks_of(data):
    """How many tasks it runs if all goes as it should."""
    return 1 if data["fail_times"] == 99 else 1 + 2 + len(data["items"])


def check_history(execution, events, calls):
    """One result for each attempt, one key for each task, and a ledger that agrees."""
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
        check_task(key, attempts, [call for call in calls if call.key == key])
    assert {call.key for call in calls} <= set(keys), "a call that no history tells of"
    return keys


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


def crash(server, shop, load, dice):
    server.start()
    life = time.monotonic() + dice.uniform(*LIVES_S)
    with shop.changed:
        while (left := life - time.monotonic()) > 0:
            shop.changed.wait(left)
    assert not load.faults, load.faults
    assert server.running(), server.log[-10:]
    stops = dice.random() < STOPPED
    if stops:
        server.pause()
        with shop.changed:
            shop.changed.wait_for(lambda: False, TIMEOUT_S + 0.5)
        server.go_on()
        with shop.changed:  # it finds what has become of everything meanwhile
            shop.changed.wait_for(lambda: False, dice.uniform(0, 0.5))
        assert server.running(), server.log[-10:]
    server.kill()
    return stops


@pytest.fixture
def place(tmp_path):
    shop = Shop()
    server = Segued(tmp_path, [shop.service(max_concurrency=32)])
    yield server, shop
    server.close()
    shop.stop()


def test_crashes(place):
    server, shop = place
    server.start()
    client = Client(server.address)
    client.create(WORKFLOW, definition())
    server.kill()
    dice = random.Random(SEED)
    load = Load(server.address, SEED)
    try:
        stops = sum(crash(server, shop, load, dice) for _ in range(CRASHES))
        server.start()
    finally:
        load.stop()
    assert not load.faults, load.faults
    tasks = sum(check_execution(client, shop, *item) for item in load.acknowledged.items())
    calls = len(shop.ledger)
    print(f"seed {SEED}: {CRASHES} crashes, {stops} after a stop, {len(load.acknowledged)} "
          f"executions, {tasks} tasks, {calls} calls, {len(shop.charges)} charges")
    check_list(client, load)
    assert {call.execution for call in shop.ledger} <= set(load.acknowledged)
    assert len(load.acknowledged) >= CRASHES
    client.close()
    assert server.stop() == 0


def check_execution(client, shop, execution_id, data):
    """It ended as it should, and so did its tasks; how many they are."""
    done = client.wait(execution_id)
    expected = FAILED if data["fail_times"] == 99 else SUCCEEDED
    assert done.status == expected, f"{data}: {done}"
    if expected == FAILED:
        assert done.error.error == "Grpc.FailedPrecondition"
    else:
        assert len(json.loads(done.output)) == len(data["items"])
    keys = check_history(done, client.history(execution_id), shop.calls(execution_id))
    assert len(keys) == tasks_of(data)
    return len(keys)


def check_list(client, load):
    """The list holds what was acknowledged and nothing else: no submit started two."""
    listed, token = [], ""
    while True:
        page = client.executions.ListExecutions(
            ex.ListExecutionsRequest(page_size=1000, page_token=token), timeout=30)
        listed += [execution.execution_id for execution in page.executions]
        token = page.next_page_token
        if not token:
            break
    assert sorted(listed) == sorted(load.acknowledged)
