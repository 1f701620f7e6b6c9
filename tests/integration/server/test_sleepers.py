# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""Executions that sleep in a Wait: small in memory, there after a restart, all woken when due.

SLEEPERS (20000) says how many, of which DUE (1000) wake in one second. At 1000000 and a release
build, the limits of memory and of the restart are held: see RSS_MAX_MIB, READY_MAX_S.
"""

import datetime
import json
import os
import pathlib
import time

from support.client import RUNNING, SUCCEEDED, ad, ex, machine, submit_request, task
from support.shop import RESOURCE

SLEEPERS = int(os.environ.get("SLEEPERS", "20000"))
DUE = int(os.environ.get("DUE", "1000"))
RSS_MAX_MIB, READY_MAX_S = 600, 30
# Time to submit those that are due and to restart, before they are.
AHEAD_S = 6 + SLEEPERS / 40_000
FAR = "2099-01-01T00:00:00Z"


def definition():
    return machine("Sleep", Sleep={"Type": "Wait", "TimestampPath": "$.at", "Next": "Pay"},
                   Pay=task(RESOURCE, {"order_id.$": "$.order_id"}))


def submit_all(client, name, count, at, prefix):
    """Their ids, once all are durable."""
    requests = (ex.SubmitWorkflowsRequest(tag=number, submit=submit_request(
        name, {"at": at, "order_id": f"{prefix}{number}"}, execution_id=f"{prefix}{number}"))
                for number in range(count))
    answers = client.executions.SubmitWorkflows(requests, timeout=3600)
    ids = []
    for answer in answers:
        assert answer.WhichOneof("result") == "accepted", answer
        ids.append(answer.accepted.execution.execution_id)
    assert len(ids) == count
    return ids


def rss_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def info(client):
    return client.admin.GetServerInfo(ad.GetServerInfoRequest(), timeout=30, wait_for_ready=True)


def asleep(client, count, timeout=120):
    """Waits until no more than those few are in memory; eviction has no event to wait on."""
    deadline = time.monotonic() + timeout
    while (loaded := info(client).loaded_execution_count) > count:
        assert time.monotonic() < deadline, f"{loaded} are in memory"
        time.sleep(0.1)


def test_sleepers(new_world):
    world = new_world()
    client = world.client
    name = client.store(definition())
    began = time.monotonic()
    far = submit_all(client, name, SLEEPERS - DUE, FAR, "far-")
    took = time.monotonic() - began
    asleep(client, 0)
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=AHEAD_S)
    at = at.replace(microsecond=0)
    due = submit_all(client, name, DUE, at.strftime("%Y-%m-%dT%H:%M:%SZ"), "due-")
    full = rss_mib(world.server.pid)

    world.server.kill()
    began = time.monotonic()
    world.server.start()
    ready = time.monotonic() - began
    up = datetime.datetime.now(datetime.timezone.utc)
    after = info(client)
    rss = rss_mib(world.server.pid)
    assert not world.shop.ledger, "one woke too early"
    assert up < at, f"too slow: ready after {ready:.1f} s, when they were due"
    assert after.open_execution_count == SLEEPERS

    world.shop.wait_until(lambda: len(world.shop.charges) == DUE, timeout=AHEAD_S + 60)
    last = datetime.datetime.now(datetime.timezone.utc)
    for execution_id in due:
        done = client.wait(execution_id)
        assert done.status == SUCCEEDED, done
        assert json.loads(done.output)["order_id"] == execution_id
        assert done.end_time.ToDatetime(datetime.timezone.utc) >= at
    assert len(world.shop.ledger) == DUE
    assert info(client).open_execution_count == SLEEPERS - DUE
    assert client.get(far[-1]).status == RUNNING
    awake = rss_mib(world.server.pid)
    print(f"{SLEEPERS} asleep: submitted at {len(far) / took:.0f}/s, RSS {full:.0f} MiB, after the "
          f"restart {rss:.0f} MiB, ready in {ready:.2f} s (recovery "
          f"{after.recovery_duration.ToMilliseconds()} ms); {DUE} due at once were done after "
          f"{(last - at).total_seconds():.2f} s, RSS {awake:.0f} MiB")
    if after.build_type.lower() == "release":
        assert max(full, rss, awake) < RSS_MAX_MIB
        assert ready < READY_MAX_S
