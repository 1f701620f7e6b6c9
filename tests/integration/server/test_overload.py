# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""More than the server takes: it refuses what is new, keeps what it has, and comes back."""

import collections
import contextlib
import os
import pathlib
import subprocess
import threading
import time

import grpc
import pytest
from support.client import (CANCELLED, RUNNING, SUCCEEDED, Client, Refusal, machine, pass_machine,
                            submit_request, task, wait_machine)
from support.segued import Segued
from support.shop import RESOURCE

MIB = 1 << 20


def refusal_of(error):
    """The reason of a refusal, which says when to come back, twice."""
    refusal = Refusal(error)
    assert refusal.code == grpc.StatusCode.RESOURCE_EXHAUSTED, str(refusal)
    delay = refusal.details["RetryInfo"].retry_delay.ToMilliseconds()
    assert delay > 0
    assert int(dict(error.trailing_metadata())["grpc-retry-pushback-ms"]) == delay
    return refusal.reason


def accepted_again(client, name, seconds=60):
    """Submits until one is taken; refusals are the only other answer."""
    end = time.monotonic() + seconds
    while True:
        try:
            return client.submit(name)
        except grpc.RpcError as error:
            unavailable = error.code() == grpc.StatusCode.UNAVAILABLE
            assert unavailable or refusal_of(error)
            assert time.monotonic() < end, "it never took a submit again"
            threading.Event().wait(0.2)


def seconds_of(server, method):
    """How long all its calls took together, from their arrival to their answer."""
    name = (f'segue_grpc_server_handling_seconds_sum'
            f'{{grpc_method="segue.v1.ExecutionService/{method}"}}')
    (line,) = [line for line in server.metrics().splitlines() if line.startswith(name)]
    return float(line.split()[-1])


def submit_at_once(client, name, count):
    """The calls by their execution's id, once all are answered."""
    calls, done = {}, threading.Semaphore(0)
    for number in range(count):
        execution = f"many-{number}"
        request = submit_request(name, execution_id=execution)
        calls[execution] = client.executions.SubmitWorkflow.future(request, timeout=120)
        calls[execution].add_done_callback(lambda _: done.release())
    for _ in range(count):
        assert done.acquire(timeout=120)
    return calls


def test_more_submits_than_the_store_takes(new_world):
    bound = 16
    world = new_world(config={"scheduler": {"shards": 1, "max_pending_submits": bound}})
    client = world.client
    name = client.store(machine("Pay", Pay=task(RESOURCE, {"order_id": "x"})))
    begin = time.monotonic()
    calls = submit_at_once(client, name, 3000)
    took = time.monotonic() - begin
    accepted = [execution for execution, call in calls.items() if call.exception() is None]
    refused = collections.Counter(
        refusal_of(call.exception()) for call in calls.values() if call.exception())
    at_once = seconds_of(world.server, "SubmitWorkflow") / took
    print(f"{len(accepted)} accepted, refused {dict(refused)}, {took:.1f} s, {at_once:.1f} at once")
    assert accepted and list(refused) == ["TOO_MANY_PENDING_SUBMITS"]
    # What is accepted waits for no more than the bound allows to stand before it. On a machine of
    # any speed: by Little's law the time that all calls took is how many there were at once, on
    # average, for as long as it lasted. (One more is being refused, and as much for good measure.)
    assert at_once < 2 * (bound + 1)
    for execution in accepted:
        assert client.wait(execution).status == SUCCEEDED
    assert sorted(client.list_ids()) == sorted(accepted)  # what was refused has not run
    # Back to normal.
    for _ in range(50):
        assert client.run(name).status == SUCCEEDED


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


def test_memory_has_a_bound(new_world, monkeypatch):
    # AddressSanitizer keeps what was freed for a while, to find its use.
    monkeypatch.setenv(
        "ASAN_OPTIONS", "quarantine_size_mb=1:allocator_release_to_os_interval_ms=100")
    world = new_world(config={"scheduler": {"shards": 1}})
    # Far above what the store holds for itself, so that executions decide.
    bound = resident(world.server.pid) + 400 * MIB
    world.server.stop()
    world.server.write_config([world.shop.service(max_concurrency=1)],
                              scheduler={"shards": 1, "max_memory_bytes": bound})
    world.server.start()
    with contextlib.closing(Client(world.server.address)) as client:
        name = client.store(
            machine("Pay", Pay=task(RESOURCE, {"order_id": "x", "delay_ms": 600_000})))
        taken, reason = [], None
        while reason is None:
            assert len(taken) < 3000, "it takes more than it has memory for"
            try:
                taken.append(client.submit(name, {"padding": "x" * 200_000}).execution_id)
            except grpc.RpcError as error:
                reason = refusal_of(error)
        assert reason == "MEMORY_FULL"
        world.server.wait_for_log("memory is at its bound: submits are refused")
        print(f"{len(taken)} executions, {resident(world.server.pid) // MIB} MiB of {bound // MIB}")
        # What came between two looks is above it.
        assert resident(world.server.pid) < bound + 100 * MIB
        assert client.get(taken[0]).status == RUNNING
        for execution in taken:
            assert client.cancel(execution).status == CANCELLED
        small = client.store(pass_machine())
        assert client.wait(accepted_again(client, small).execution_id).status == SUCCEEDED


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, of 64 MiB. Where that cannot be, the test is skipped, or fails with
    SEGUE_REQUIRE_MOUNT=1."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)],
                             capture_output=True, check=False)
    if mounted.returncode != 0:
        why = "no right to mount: " + mounted.stderr.decode().strip()
        if os.environ.get("SEGUE_REQUIRE_MOUNT"):
            pytest.fail(why)
        pytest.skip(why)
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk):
    """A file that leaves no room."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(MIB)) == MIB:
            pass
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
        while file.write(bytes(4096)) == 4096:
            pass
    return filler


def test_a_full_disk(small_disk):
    server = Segued(small_disk)
    server.start()
    client = Client(server.address)
    try:
        name, sleeper = client.store(pass_machine()), client.store(wait_machine(3600))
        asleep = client.submit(sleeper).execution_id
        done = client.run(name).execution_id
        filler = fill(small_disk)
        reasons = collections.Counter()
        taken = [asleep, done]
        for _ in range(200):
            try:
                # Room that was set aside before is used up first.
                taken.append(client.submit(name, "x" * 100_000).execution_id)
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE:
                    reasons[refusal_of(error)] += 1
            if reasons["STORE_FULL"] >= 5:
                break
        assert reasons["STORE_FULL"] >= 5, reasons
        for execution in taken:
            assert client.get(execution).execution_id == execution
        assert client.get(asleep).status == RUNNING
        assert len(client.history(done)) > 0
        filler.unlink()
        taken.append(accepted_again(client, name).execution_id)
        server.kill()
        client.close()
        client = Client(server.start().address)
        for execution in taken[1:]:
            assert client.wait(execution).status == SUCCEEDED
        assert client.get(asleep).status == RUNNING
        assert server.stop() == 0
    finally:
        client.close()
        server.close()
