# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""More than the server takes: an expired deadline, too much at once, a caller that is gone."""

import contextlib
import json
import socket
import struct
import uuid

import grpc
import pytest
from support.client import (CANCELLED, RUNNING, SUCCEEDED, Client, Refusal, ex, machine,
                            pass_machine, refused, submit_request, task)
from support.shop import RESOURCE

HEADERS, RST_STREAM, SETTINGS = 1, 3, 4
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name, value):
    """A header of HPACK, as text: never indexed, without Huffman coding (RFC 7541, 6.2.3)."""
    return b"\x10" + b"".join(bytes([len(text)]) + text for text in (name.encode(), value.encode()))


def read_exactly(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        assert part, "the server closed the connection"
        data += part
    return data


def call_with_timeout(port, method, message, timeout):
    """The last headers of a call whose `grpc-timeout` no client library would send; None for one
    that was reset."""
    headers = b"".join(literal(*each) for each in [
        (":method", "POST"), (":scheme", "http"), (":path", method), (":authority", "test"),
        ("te", "trailers"), ("content-type", "application/grpc"), ("grpc-timeout", timeout)])
    body = b"\0" + struct.pack(">I", len(message)) + message
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) +
                           frame(HEADERS, END_HEADERS, 1, headers) + frame(0, END_STREAM, 1, body))
        while True:
            head = read_exactly(connection, 9)
            payload = read_exactly(connection, int.from_bytes(head[:3], "big"))
            kind, flags = head[3], head[4]
            if kind == SETTINGS and not flags & ACK:
                connection.sendall(frame(SETTINGS, ACK, 0))
            elif kind == RST_STREAM:
                return None
            elif kind == HEADERS and flags & END_STREAM:
                return payload


def test_deadline_that_has_passed_when_the_call_arrives(world):
    port, method = world.server.grpc_port, "/segue.v1.ExecutionService/SubmitWorkflow"
    name = world.client.store(pass_machine())
    in_time = submit_request(name, execution_id=f"in-time-{uuid.uuid4().hex}")
    assert call_with_timeout(port, method, in_time.SerializeToString(), "20S") is not None
    assert world.client.wait(in_time.execution_id).status == SUCCEEDED
    for _ in range(20):
        late = submit_request(name, execution_id=f"late-{uuid.uuid4().hex}")
        answer = call_with_timeout(port, method, late.SerializeToString(), "0n")
        # The number of DEADLINE_EXCEEDED; or the call was reset, which tells the same.
        assert answer is None or b"grpc-status\x014" in answer, answer
        with refused(grpc.StatusCode.NOT_FOUND):
            world.client.get(late.execution_id)
    assert world.client.run(pass_machine()).status == SUCCEEDED


def test_caller_that_goes_away_takes_nothing_with_it(world):
    other = Client(world.server.address)
    started = other.submit(machine("Pay", Pay=task(RESOURCE, {"order_id": "x", "delay_ms": 500})))
    watch, wait = other.watch(started.execution_id), other.executions.WaitExecution.future(
        ex.WaitExecutionRequest(execution_id=started.execution_id), timeout=60)
    next(watch)
    watch.cancel()
    wait.cancel()
    other.close()
    assert world.client.wait(started.execution_id).status == SUCCEEDED


def test_too_many_open_executions(new_world):
    most = 10
    world = new_world(config={"scheduler": {"shards": 1, "max_executions_in_memory": most}})
    client = world.client
    name = client.store(machine("Pay", Pay=task(RESOURCE, {"order_id": "x", "delay_ms": 60_000})))
    taken = [client.submit(name).execution_id for _ in range(most)]
    with pytest.raises(grpc.RpcError) as caught:
        client.submit(name)
    refusal = Refusal(caught.value)
    assert refusal.code == grpc.StatusCode.RESOURCE_EXHAUSTED, str(refusal)
    assert refusal.reason == "TOO_MANY_OPEN_EXECUTIONS"
    delay = refusal.details["RetryInfo"].retry_delay.ToMilliseconds()
    push_back = dict(caught.value.trailing_metadata())["grpc-retry-pushback-ms"]
    assert delay > 0 and int(push_back) == delay
    # Reads go on, and so does whoever has a place again.
    assert client.get(taken[0]).status == RUNNING
    assert client.cancel(taken[0]).status == CANCELLED
    with contextlib.closing(Client(world.server.address)) as other:
        assert other.submit(name).status == RUNNING


def test_many_submits_unanswered_on_one_stream(new_world):
    """Far more than limits.max_pending_submits_per_stream: none is lost, none refused."""
    world = new_world(config={"limits": {"max_pending_submits_per_stream": 4}})
    name = world.client.store(pass_machine())
    requests = (ex.SubmitWorkflowsRequest(tag=tag, submit=submit_request(name, {"tag": tag}))
                for tag in range(2000))
    answers = list(world.client.executions.SubmitWorkflows(requests, timeout=60))
    assert {answer.WhichOneof("result") for answer in answers} == {"accepted"}
    assert sorted(answer.tag for answer in answers) == list(range(2000))


def test_large_answers_come_in_pages_below_the_limit_of_clients(new_world):
    """Client libraries take 4 MiB by default: a page of history stays below it."""
    world = new_world()
    text = "x" * 200_000
    steps = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(30)}
    done = world.client.run(machine("S0", **steps, S30={"Type": "Pass", "End": True}), text)
    assert done.status == SUCCEEDED, done.error
    with grpc.insecure_channel(world.server.address) as channel:
        client = type(world.client.executions)(channel)
        events, token = [], ""
        while True:
            page = client.ListHistory(ex.ListHistoryRequest(
                execution_id=done.execution_id, page_size=1000, page_token=token), timeout=30)
            events += page.events
            token = page.next_page_token
            if not token:
                break
    assert [event.id for event in events] == list(range(1, done.history_event_count + 1))
    assert all(json.loads(event.input) == text for event in events if event.input)
