# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""Bad input at every door: an error that says what is wrong, and a server that goes on."""

import dataclasses
import json
import subprocess
import typing

import grpc
import pytest
from google.protobuf import timestamp_pb2
from support.client import (FAILED, SERVING, SUCCEEDED, Refusal, Workflow, ad, ex, machine,
                            pass_machine, task, wf)
from support.segued import BINARY
from support.shop import RESOURCE

BAD = grpc.StatusCode.INVALID_ARGUMENT
MISSING = grpc.StatusCode.NOT_FOUND


@dataclasses.dataclass
class Case:
    name: str
    call: typing.Callable
    reason: str  # of ErrorInfo; "": any
    tells: tuple  # what the text must contain
    code: grpc.StatusCode = BAD


def create(text, name="bad"):
    shape = Workflow(name=name, definition=text if isinstance(text, str) else json.dumps(text))
    return lambda client: client.workflows.CreateWorkflow(
        wf.CreateWorkflowRequest(workflow=shape), timeout=30)


def submit(**fields):
    def call(client):
        good = {"workflow": client.store(pass_machine()), **fields}
        return client.executions.SubmitWorkflow(ex.SubmitWorkflowRequest(**good), timeout=30)
    return call


def definition(name, text, *tells):
    return Case(name, create(text), "INVALID_DEFINITION", tells)


UNREACHABLE = machine("A", A={"Type": "Succeed"}, Lost={"Type": "Succeed"})
BIG = json.dumps("x" * (5 << 20))
PAST = timestamp_pb2.Timestamp(seconds=1)

CASES = [
    definition("json cut off", '{"StartAt": "A", "States": {"A": {"Type": "Pass"', "1:"),
    definition("json with a comma too many", '{"StartAt": "A",\n "States": {},,}', "2:"),
    definition("yaml that is none", "StartAt: A\nStates: [1, 2\nX: }", ":"),
    definition("yaml with a tab", "StartAt: A\nStates:\n\tA: 1\n", "3:"),
    definition("json that is no object", "[1]", ":"),
    definition("empty", "{}", "StartAt", "States"),
    definition("start that is no state", {"StartAt": "B", "States": {"A": {"Type": "Succeed"}}},
               "/StartAt", "B"),
    definition("next that is no state", machine("A", A={"Type": "Pass", "Next": "B"}),
               "/States/A/Next", "B"),
    definition("state that nothing reaches", UNREACHABLE, "/States/Lost"),
    definition("type that is none", machine("A", A={"Type": "Jump"}), "/States/A/Type",
               "Task, Parallel, Map"),
    definition("field of the wrong type", machine("A", A={"Type": "Wait", "Seconds": "5",
                                                          "End": True}), "/States/A/Seconds"),
    definition("field that is none", machine("A", A={"Type": "Pass", "Colour": 1, "End": True}),
               "Colour"),
    definition("path that is none", machine("A", A={"Type": "Pass", "InputPath": "$.[",
                                                    "End": True}), "/States/A/InputPath"),
    definition("service that is none", machine("A", A=task("grpc:nobody/a.B/C", {})), "nobody"),
    definition("resource that is none", machine("A", A=task("carrier-pigeon", {})),
               "/States/A/Resource"),
    Case("definition too large", create(BIG), "", ("max_definition_bytes", "1048576")),
    Case("name of a workflow", create(pass_machine(), "a b"), "", ("name",)),
    Case("no workflow", lambda client: client.workflows.CreateWorkflow(
        wf.CreateWorkflowRequest()), "", ("workflow",)),
    Case("input of 5 MB", submit(input=BIG), "", ("max_input_bytes", "262144")),
    Case("input that is no json", submit(input='{"a": '), "", ("input",)),
    Case("input nested too deep", submit(input="[" * 100_000 + "]" * 100_000), "", ("input",)),
    Case("input that is no utf-8 in json", submit(input='"\\ud800"'), "", ("input",)),
    Case("deadline that has passed", submit(deadline=PAST), "", ("deadline",)),
    Case("priority", submit(priority=10), "", ("priority", "9")),
    Case("execution id", submit(execution_id="a/b"), "", ("execution_id",)),
    Case("request id", submit(request_id="x" * 129), "", ("request_id", "128")),
    Case("label", submit(labels={"NO": "x"}), "", ("labels",)),
    Case("workflow that is none", submit(workflow="nobody"), "", ("nobody",), MISSING),
    Case("version that is none", submit(version=99), "", ("99",), MISSING),
    Case("nothing to run", lambda client: client.executions.SubmitWorkflow(
        ex.SubmitWorkflowRequest()), "", ("workflow",)),
    Case("page size", lambda client: client.executions.ListExecutions(
        ex.ListExecutionsRequest(page_size=-1)), "", ("page_size",)),
    Case("page token", lambda client: client.admin.ListServices(
        ad.ListServicesRequest(page_token="!")), "BAD_PAGE_TOKEN", ("page_token",)),
    Case("budget", lambda client: client.budget("shop", rate_per_second=float("nan")),
         "", ("rate_per_second",)),
    Case("no execution id", lambda client: client.get(""), "", ("execution_id",)),
]


def goes_on(world):
    assert world.server.running()
    assert world.client.run(pass_machine(), {"n": 1}).status == SUCCEEDED


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "_"))
def test_refused(world, case):
    with pytest.raises(grpc.RpcError) as caught:
        case.call(world.client)
    refusal = Refusal(caught.value)
    assert refusal.code == case.code, str(refusal)
    assert refusal.details["ErrorInfo"].domain == "segue"
    assert refusal.reason and case.reason in ("", refusal.reason), str(refusal)
    for text in case.tells:
        assert text in refusal.text, f"nothing of {text!r}: {refusal}"
    if case.code == BAD:
        assert refusal.violations, f"BadRequest names nothing: {refusal}"
    goes_on(world)


def test_all_faults_at_once(world):
    bad = machine("A", A={"Type": "Pass", "Next": "B", "Colour": 1},
                  C={"Type": "Wait", "Seconds": "x", "End": True})
    with pytest.raises(grpc.RpcError) as caught:
        create(bad)(world.client)
    refusal = Refusal(caught.value)
    fields = {fault.field for fault in refusal.violations}
    assert {"/States/A/Next", "/States/A", "/States/C", "/States/C/Seconds"} <= fields
    assert "Colour" in refusal.text


def test_a_cycle_is_fine_as_long_as_there_is_a_way_out(world):
    choice = {"Type": "Choice", "Default": "A",
              "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "End"}]}
    loop = machine("A", A={"Type": "Pass", "Next": "B"}, B=choice, End={"Type": "Succeed"})
    answer = world.client.workflows.ValidateWorkflow(
        wf.ValidateWorkflowRequest(definition=json.dumps(loop)))
    assert not answer.faults


def test_a_machine_without_an_end_is_refused_as_aws_refuses_it(world):
    loop = machine("A", A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Next": "A"})
    answer = world.client.workflows.ValidateWorkflow(
        wf.ValidateWorkflowRequest(definition=json.dumps(loop)))
    assert [fault.code for fault in answer.faults] == ["MISSING_END_STATE"]


@pytest.mark.parametrize("resource,parameters,error,tells", [
    (RESOURCE.replace("Charge", "Vanish"), {}, "Grpc.Unimplemented", "Vanish"),
    (RESOURCE, {"cents": "many"}, "", "cents"),
    (RESOURCE, {"colour": 1}, "", "colour"),
    (RESOURCE, {"order_id": {"a": 1}}, "", "order_id"),
], ids=["method that is none", "text for a number", "field that is none", "object for a text"])
def test_task_that_fails_before_its_call(world, resource, parameters, error, tells):
    done = world.client.run(machine("A", A=task(resource, parameters)))
    assert done.status == FAILED
    assert error in ("", done.error.error), done.error
    assert tells in done.error.cause, done.error
    goes_on(world)


def test_bytes_that_are_no_message(world):
    call = world.client.channel.unary_unary("/segue.v1.ExecutionService/SubmitWorkflow")
    with pytest.raises(grpc.RpcError) as caught:
        call(b"\xff\xff\xff\xff", timeout=10)
    assert caught.value.code() in (grpc.StatusCode.INTERNAL, BAD)
    goes_on(world)


def test_method_that_is_none(world):
    call = world.client.channel.unary_unary("/segue.v1.ExecutionService/Vanish")
    with pytest.raises(grpc.RpcError) as caught:
        call(b"", timeout=10)
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
    goes_on(world)


def test_message_above_the_limit(world):
    with pytest.raises(grpc.RpcError) as caught:
        submit(input="x" * (17 << 20))(world.client)
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    goes_on(world)


@pytest.mark.parametrize("text,tells", [
    ("services: [", "yaml"),
    ("colour: red", "colour"),
    ("services:\n  - name: shop\n    grpc: {adress: x}\n", "adress"),
    ("services:\n  - name: shop\n    budget: {burst: many}\n    grpc: {address: x}\n", "burst"),
    ("services:\n  - name: shop\n    grpc: {address: x}\n    budget: {timeout: 5}\n", "timeout"),
    ("services:\n  - name: shop\n", "shop"),
    ("services:\n  - {name: a, grpc: {address: x}}\n  - {name: a, grpc: {address: x}}\n", "a"),
    ("log: {level: loud}\n", "level"),
], ids=["no yaml", "field", "nested field", "number", "duration", "no connector", "twice", "enum"])
def test_config(tmp_path, text, tells):
    (tmp_path / "bad.yaml").write_text(text)
    ended = subprocess.run(
        [BINARY, "--data-dir", str(tmp_path / "data"), "--grpc-address", "127.0.0.1:0",
         "--http-address", "", "--metrics-address", "", "--config", str(tmp_path / "bad.yaml")],
        capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode not in (0, -6, -11), ended
    assert tells in ended.stderr, ended.stderr
    assert not (tmp_path / "data").exists()


def test_health_after_all_that(world):
    assert world.client.health() == SERVING
