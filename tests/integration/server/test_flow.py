# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""What workflows do with real services, retries, time and restarts."""

import http.server
import json
import threading

import pytest
from support.client import (CANCELLED, FAILED, RUNNING, SUCCEEDED, TIMED_OUT, machine, task)
from support.shop import RESOURCE


def charge(fail_code="", fail_times=0, delay_ms=0, **fields):
    parameters = {"order_id.$": "$.order_id", "cents": 100, "fail_code": fail_code,
                  "fail_times": fail_times, "delay_ms": delay_ms}
    return task(RESOURCE, parameters, **fields)


def retry(error, attempts=3, interval=1):
    return [{"ErrorEquals": [error], "IntervalSeconds": interval, "MaxAttempts": attempts}]


def test_task_succeeds(world):
    done = world.client.run(machine("Pay", Pay=charge()), {"order_id": "plain"})
    assert done.status == SUCCEEDED, done
    (call,) = world.shop.calls(done.execution_id)
    assert json.loads(done.output) == {"order_id": "plain", "charge_id": call.charge_id}
    assert call.attempt == 1
    assert call.key.startswith(f"{done.execution_id}/") and "/Pay/" in call.key
    version, trace, span, _ = call.traceparent.split("-")
    assert (version, len(trace), len(span)) == ("00", 32, 16)


def test_retry_by_status_keeps_the_key(world):
    pay = charge("UNAVAILABLE", 2, Retry=retry("Grpc.Unavailable"))
    done = world.client.run(machine("Pay", Pay=pay), {"order_id": "retried"})
    assert done.status == SUCCEEDED, done
    calls = world.shop.calls(done.execution_id)
    assert [call.outcome for call in calls] == ["UNAVAILABLE", "UNAVAILABLE", "OK"]
    assert [call.attempt for call in calls] == [1, 2, 3]
    assert len({call.key for call in calls}) == 1
    assert calls[1].time - calls[0].time >= 0.99  # IntervalSeconds
    events = world.client.history(done.execution_id)
    scheduled = [event for event in events if event.type == "TaskScheduled"]
    assert [event.attempt for event in scheduled] == [1, 2, 3]
    assert {event.idempotency_key for event in scheduled} == {calls[0].key}


def test_status_that_no_retrier_names_is_not_retried(world):
    pay = charge("FAILED_PRECONDITION", 1, Retry=retry("Grpc.Unavailable"))
    done = world.client.run(machine("Pay", Pay=pay), {"order_id": "once"})
    assert (done.status, done.error.error) == (FAILED, "Grpc.FailedPrecondition")
    assert "told to fail: once" in done.error.cause
    assert len(world.shop.calls(done.execution_id)) == 1


def test_catch(world):
    catch = [{"ErrorEquals": ["Grpc.NotFound"], "ResultPath": "$.fault", "Next": "Mend"}]
    definition = machine("Pay", Pay=charge("NOT_FOUND", 1, Catch=catch),
                         Mend={"Type": "Pass", "End": True})
    done = world.client.run(definition, {"order_id": "caught"})
    assert done.status == SUCCEEDED, done
    output = json.loads(done.output)
    assert output["order_id"] == "caught"
    assert output["fault"]["Error"] == "Grpc.NotFound"
    assert "told to fail" in output["fault"]["Cause"]


def test_timeout_of_a_task(world):
    pay = charge(delay_ms=20_000, TimeoutSeconds=1)
    done = world.client.run(machine("Pay", Pay=pay), {"order_id": "slow"})
    assert (done.status, done.error.error) == (FAILED, "States.Timeout")
    (call,) = world.shop.calls(done.execution_id)
    world.shop.wait_until(lambda: call.outcome == "CANCELLED")
    assert 0.5 < call.deadline_s < 1.5
    assert "TaskTimedOut" in [event.type for event in world.client.history(done.execution_id)]


def test_timeout_of_an_execution(world):
    definition = {**machine("Pay", Pay=charge(delay_ms=20_000)), "TimeoutSeconds": 1}
    done = world.client.run(definition, {"order_id": "late"})
    assert done.status == TIMED_OUT, done
    (call,) = world.shop.calls(done.execution_id)
    world.shop.wait_until(lambda: call.outcome == "CANCELLED")


def test_cancel_reaches_the_service(world):
    pay = charge(delay_ms=20_000)
    started = world.client.submit(machine("Pay", Pay=pay), {"order_id": "cancelled"})
    world.shop.wait_until(lambda: world.shop.calls(started.execution_id))
    (call,) = world.shop.calls(started.execution_id)
    assert world.client.cancel(started.execution_id, "no longer wanted").status == CANCELLED
    world.shop.wait_until(lambda: call.outcome == "CANCELLED", timeout=5)
    done = world.client.wait(started.execution_id)
    assert (done.status, done.error.cause) == (CANCELLED, "no longer wanted")
    assert call.key not in world.shop.charges


def test_map_of_10000_items(world):
    square = machine("Item", Item={"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($, 1)"},
                                   "OutputPath": "$.n", "End": True})
    definition = machine("Each", Each={"Type": "Map", "ItemsPath": "$.items",
                                       "ItemProcessor": square, "End": True})
    done = world.client.run(definition, {"items": list(range(10_000))})
    assert done.status == SUCCEEDED, done.error
    assert json.loads(done.output) == list(range(1, 10_001))


def test_map_of_tasks_is_bounded_by_max_concurrency(new_world):
    world = new_world()
    item = machine("Pay", Pay=charge(delay_ms=50))
    definition = machine("Each", Each={"Type": "Map", "MaxConcurrency": 3, "ItemsPath": "$.items",
                                       "ItemProcessor": item, "End": True})
    orders = [{"order_id": f"item-{number}"} for number in range(30)]
    done = world.client.run(definition, {"items": orders})
    assert done.status == SUCCEEDED, done.error
    assert [item["order_id"] for item in json.loads(done.output)] == \
        [order["order_id"] for order in orders]
    assert world.shop.in_flight_max <= 3
    assert len({call.key for call in world.shop.ledger}) == 30


def test_parallel(world):
    fixed = machine("Fix", Fix={"Type": "Pass", "Result": 7, "End": True})
    definition = machine("Both", Both={"Type": "Parallel", "End": True,
                                       "Branches": [machine("Pay", Pay=charge()), fixed]})
    done = world.client.run(definition, {"order_id": "both"})
    assert done.status == SUCCEEDED, done.error
    first, second = json.loads(done.output)
    assert first["order_id"] == "both" and second == 7


def test_parallel_that_fails_cancels_its_other_branch(world):
    slow = machine("Slow", Slow=charge(delay_ms=20_000))
    bad = machine("Bad", Bad=charge("INTERNAL", 1, delay_ms=300))
    definition = machine("Both", Both={"Type": "Parallel", "End": True, "Branches": [slow, bad]})
    done = world.client.run(definition, {"order_id": "half"})
    assert (done.status, done.error.error) == (FAILED, "Grpc.Internal")
    world.shop.wait_until(lambda: all(call.outcome for call in world.shop.ledger), timeout=5)
    outcomes = {call.key.split("/")[-2]: call.outcome
                for call in world.shop.calls(done.execution_id)}
    assert outcomes["Bad"] == "INTERNAL"
    assert outcomes.get("Slow", "CANCELLED") == "CANCELLED"


class Web(http.server.BaseHTTPRequestHandler):
    """Fails once for each key under /flaky, then answers with what it was given."""

    protocol_version = "HTTP/1.1"
    seen = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        key = self.headers["Idempotency-Key"]
        self.seen.append((self.path, key, self.headers["traceparent"], json.loads(body)))
        again = [line for line in self.seen if line[1] == key]
        code = 503 if self.path.startswith("/v1/flaky") and len(again) == 1 else 200
        answer = json.dumps({"got": json.loads(body)}).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def web():
    Web.seen.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_http_service(new_world, web):
    world = new_world(extra_services=[{"name": "web", "http": {"base_url": web}}])
    call = task("http:web", {"Method": "POST", "Path": "/flaky", "RequestBody": {"n.$": "$.n"}},
                Retry=retry("Http.StatusCode.503"))
    done = world.client.run(machine("Call", Call=call), {"n": 5})
    assert done.status == SUCCEEDED, done.error
    output = json.loads(done.output)
    assert output["StatusCode"] == 200 and output["ResponseBody"] == {"got": {"n": 5}}
    assert [line[0] for line in Web.seen] == ["/v1/flaky"] * 2
    (key,) = {line[1] for line in Web.seen}
    assert key.startswith(done.execution_id + "/")
    assert all(line[2] for line in Web.seen)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_restart_while_a_wait_sleeps(new_world, end):
    world = new_world(config={"scheduler": {"evict_after_idle": "0.1s"}})
    definition = machine("Sleep", Sleep={"Type": "Wait", "Seconds": 3, "Next": "Pay"}, Pay=charge())
    started = world.client.submit(definition, {"order_id": "slept"})
    assert started.status == RUNNING
    getattr(world.server, end)()
    world.server.start()
    done = world.client.wait(started.execution_id)
    assert done.status == SUCCEEDED, done.error
    slept = done.end_time.ToMilliseconds() - done.start_time.ToMilliseconds()
    assert 3000 <= slept < 5000
    assert len(world.shop.calls(done.execution_id)) == 1
