# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""Budgets as the called service sees them: rate, burst, concurrency, across a crash as well."""

import time

import pytest
from support.client import CANCELLED, Client, machine, task
from support.shop import RESOURCE

RATE, BURST = 50, 5
ITEMS = 1000
# How much later than another a call may arrive that left at its time: threads of Python on a busy
# machine. A window that looks shorter by this holds up to R * JITTER_S calls too many.
JITTER_S = 0.25
OWN_JITTER_S = 0.05  # by the server's own clock: between taking the token and calling


def backlog(world, delay_ms=0, items=ITEMS):
    """More tasks than the test will see done, in one execution; its id."""
    pay = task(RESOURCE, {"order_id.$": "States.Format('{}', $)", "delay_ms": delay_ms})
    each = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": machine("Pay", Pay=pay),
            "End": True}
    started = world.client.submit(machine("Each", Each=each), {"items": list(range(items))})
    return started.execution_id


def times(world):
    with world.shop.changed:
        return sorted(call.time for call in world.shop.ledger)


def calls_until(world, deadline):
    """Waits on the shop's calls, event by event, until the time has come."""
    with world.shop.changed:
        while time.monotonic() < deadline:
            world.shop.changed.wait(deadline - time.monotonic())


def most_above(moments, rate, burst):
    """The most by which calls of any window exceed rate * W + burst; a window [a, b] holds both."""
    worst, lowest = float("-inf"), float("inf")
    for number, moment in enumerate(moments):
        # Over the windows that end here: (number - i + 1) - rate * (moment - moments[i]) - burst.
        lowest = min(lowest, number - rate * moment)
        worst = max(worst, number + 1 - rate * moment - lowest - burst)
    return worst


def starts(world, execution):
    """When its attempts left their queue, by the server; but for those that a crash cut off."""
    client = Client(world.server.address)
    try:
        return sorted(event.started_time.ToNanoseconds() / 1e9
                      for event in client.history(execution) if event.type == "TaskStarted")
    finally:
        client.close()


def share(moments, start, end, rate):
    return sum(start <= moment < end for moment in moments) / (rate * (end - start))


def test_measure_of_windows():
    assert most_above([0.0] * 5, 50, 5) == 0
    assert most_above([0.0] * 6, 50, 5) == 1
    assert most_above([n / 50 for n in range(100)], 50, 1) == pytest.approx(0)
    assert most_above([n / 100 for n in range(100)], 50, 1) == pytest.approx(49.5)


def test_rate_over_every_window_across_a_crash(new_world):
    world = new_world(rate_per_second=RATE, burst=BURST)
    execution = backlog(world)
    world.shop.wait_until(lambda: world.shop.ledger)
    began = times(world)[0]
    calls_until(world, began + 3.5)
    killed = time.monotonic()
    world.server.kill()
    before = len(times(world))
    world.server.start()
    up = time.monotonic()
    world.shop.wait_until(lambda: len(world.shop.ledger) > before)
    calls_until(world, up + 4)
    ended = time.monotonic()
    moments = times(world)
    excess = most_above(moments, RATE, BURST)
    first = share(moments, began + 1, killed, RATE)
    second = share(moments, up + 1, ended, RATE)
    print(f"{len(moments)} calls, most above the bound {excess:.2f}, used {first:.3f} {second:.3f}")
    assert excess <= RATE * JITTER_S
    assert first >= 0.98
    assert second >= 0.98
    own = most_above(starts(world, execution), RATE, BURST)
    print(f"by the server's own clock {own:.2f}")
    assert own <= RATE * OWN_JITTER_S


def test_rate_after_a_change_while_running(new_world):
    world = new_world(rate_per_second=RATE, burst=BURST)
    backlog(world, items=2000)
    world.shop.wait_until(lambda: world.shop.ledger)
    calls_until(world, times(world)[0] + 1.5)
    assert most_above(times(world), RATE, BURST) <= RATE * JITTER_S
    asked = time.monotonic()
    world.client.budget("shop", mask="rate_per_second,burst", rate_per_second=200, burst=10)
    changed = time.monotonic()
    calls_until(world, changed + 2)
    # From the answer on, and not from some later tick.
    assert share(times(world), changed, changed + 0.5, 200) >= 0.9
    assert share(times(world), changed, changed + 2, 200) >= 0.98
    assert most_above([t for t in times(world) if t >= asked], 200, 10) <= 200 * JITTER_S
    world.client.budget("shop", mask="rate_per_second,burst", rate_per_second=20, burst=1)
    slowed = time.monotonic()
    calls_until(world, slowed + 1.5)
    # What left before the answer may arrive a moment after it.
    assert most_above([t for t in times(world) if t >= slowed + JITTER_S], 20, 1) <= 1


def test_concurrency(new_world):
    world = new_world(max_concurrency=4)
    execution = backlog(world, delay_ms=20, items=200)
    world.client.wait(execution)
    assert world.shop.in_flight_max == 4
    assert len(world.shop.ledger) == 200


def test_concurrency_after_a_change_and_a_cancel(new_world):
    world = new_world(max_concurrency=4)
    execution = backlog(world, delay_ms=100)
    world.shop.wait_until(lambda: world.shop.in_flight == 4)
    world.client.budget("shop", mask="max_concurrency", max_concurrency=7)
    world.shop.wait_until(lambda: world.shop.in_flight == 7, timeout=5)
    assert world.client.cancel(execution).status == CANCELLED
    # The slots are free again for others.
    world.shop.wait_until(lambda: world.shop.in_flight == 0, timeout=5)
    other = backlog(world, delay_ms=50, items=20)
    world.client.wait(other)
    assert world.shop.in_flight_max == 7
    assert len(world.shop.calls(other)) == 20


def test_concurrency_holds_in_one_server_after_a_crash(new_world):
    world = new_world(max_concurrency=3)
    execution = backlog(world, delay_ms=100, items=60)
    world.shop.wait_until(lambda: len(world.shop.ledger) >= 12)
    world.server.kill()
    world.shop.wait_until(lambda: world.shop.in_flight == 0)  # the dead server's calls are over
    world.server.start()
    client = Client(world.server.address)
    client.wait(execution)
    client.close()
    assert world.shop.in_flight_max == 3
