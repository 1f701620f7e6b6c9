# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""The API as grpcurl uses it: what there is, how it looks, and calls without generated code."""

import json
import uuid

import grpc
import pytest
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase)
from support.client import pass_machine, wait_machine

SERVICES = {"segue.v1.WorkflowService", "segue.v1.ExecutionService", "segue.v1.AdminService"}


class Dynamic:
    """Knows the server's address; all else it asks the server."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address)
        self._database = ProtoReflectionDescriptorDatabase(self.channel)
        self._pool = descriptor_pool.DescriptorPool(self._database)

    def close(self):
        self.channel.close()

    def list(self):
        return set(self._database.get_services())

    def describe(self, name):
        """The descriptor of a service."""
        return self._pool.FindServiceByName(name)

    def message(self, name):
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(name))

    def method(self, name):
        service, _, method = name.rpartition("/")
        return self.describe(service).methods_by_name[method]

    def call(self, name, *requests, timeout=30):
        """The answers to these requests, all as dicts; a unary method has one."""
        method = self.method(name)
        kind = {(False, False): self.channel.unary_unary, (False, True): self.channel.unary_stream,
                (True, True): self.channel.stream_stream}[
                    (method.client_streaming, method.server_streaming)]
        ask, answer = (message_factory.GetMessageClass(each)
                       for each in (method.input_type, method.output_type))
        stub = kind(f"/{name}", ask.SerializeToString, answer.FromString)
        messages = [json_format.ParseDict(request, ask(), descriptor_pool=self._pool)
                    for request in requests]
        if method.client_streaming:
            got = stub(iter(messages), timeout=timeout)
        else:
            got = stub(messages[0], timeout=timeout)
        return [self.as_dict(each) for each in (got if method.server_streaming else [got])]

    def as_dict(self, message):
        return json_format.MessageToDict(message, descriptor_pool=self._pool)

    def status(self, error):
        """The google.rpc.Status of an error with its details, as the server describes them."""
        (value,) = [value for key, value in error.trailing_metadata()
                    if key == "grpc-status-details-bin"]
        return self.as_dict(self.message("google.rpc.Status").FromString(value))


@pytest.fixture(name="dynamic", scope="module")
def fixture_dynamic(world):
    it = Dynamic(world.server.address)
    yield it
    it.close()


def execution(dynamic, name, **request):
    (answer,) = dynamic.call(f"segue.v1.ExecutionService/{name}", request)
    return answer.get("execution")


def submit(dynamic, definition, **request):
    target = {"inlineDefinition": {"definition": json.dumps(definition)}}
    return execution(dynamic, "SubmitWorkflow", **target, **request)["executionId"]


def test_list(dynamic):
    assert SERVICES | {"grpc.health.v1.Health"} <= dynamic.list()


def test_describe(dynamic):
    for service in SERVICES:
        descriptor = dynamic.describe(service)
        assert descriptor.methods
        for method in descriptor.methods:
            assert method.input_type.full_name == f"segue.v1.{method.name}Request"
            assert method.output_type.full_name == f"segue.v1.{method.name}Response"
    submit_request = dynamic.method("segue.v1.ExecutionService/SubmitWorkflow").input_type
    assert submit_request.fields_by_name["request_id"].number == 5
    target = submit_request.oneofs_by_name["target"]
    assert {field.name for field in target.fields} == {"workflow", "inline_definition"}
    watch = dynamic.method("segue.v1.ExecutionService/WatchExecution")
    assert watch.server_streaming and not watch.client_streaming


def test_nothing_of_that_name(dynamic):
    stub = reflection_pb2_grpc.ServerReflectionStub(dynamic.channel)
    request = reflection_pb2.ServerReflectionRequest(file_containing_symbol="not.There")
    (answer,) = stub.ServerReflectionInfo(iter([request]), timeout=10)
    assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


def test_submit_watch_and_list(dynamic):
    label = {"run": uuid.uuid4().hex[:8]}
    ids = [submit(dynamic, pass_machine(), input=f'{{"n": {number}}}', labels=label)
           for number in range(5)]
    *_, last = dynamic.call("segue.v1.ExecutionService/WatchExecution", {"executionId": ids[3]})
    assert last["execution"]["status"] == "EXECUTION_STATUS_SUCCEEDED"
    done = execution(dynamic, "WaitExecution", executionId=ids[3], timeout="30s")
    assert json.loads(done["output"]) == {"n": 3}
    assert execution(dynamic, "GetExecution", executionId=ids[3]) == done
    seen, token = [], ""
    while True:
        (page,) = dynamic.call("segue.v1.ExecutionService/ListExecutions",
                               {"pageSize": 2, "pageToken": token, "filter": {"labels": label}})
        seen += [each["executionId"] for each in page.get("executions", [])]
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert seen == ids[::-1]
    (history,) = dynamic.call("segue.v1.ExecutionService/ListHistory", {"executionId": ids[0]})
    assert [event["type"] for event in history["events"]] == [
        "ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]


def test_cancel(dynamic):
    sleeper = submit(dynamic, wait_machine())
    cancelled = execution(dynamic, "CancelExecution", executionId=sleeper, reason="enough")
    assert cancelled["status"] == "EXECUTION_STATUS_CANCELLED"
    assert cancelled["error"]["cause"] == "enough"


def test_stream_both_ways(dynamic):
    target = {"inlineDefinition": {"definition": json.dumps(pass_machine())}}
    answers = dynamic.call("segue.v1.ExecutionService/SubmitWorkflows", *(
        {"tag": str(tag), "submit": target, "reportClose": True} for tag in range(1, 21)))
    accepted = {answer["tag"] for answer in answers if "accepted" in answer}
    closed = {answer["tag"] for answer in answers if "closed" in answer}
    assert accepted == closed == {str(tag) for tag in range(1, 21)}


def test_error_with_details(dynamic):
    with pytest.raises(grpc.RpcError) as caught:
        execution(dynamic, "GetExecution", executionId="not-there")
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    status = dynamic.status(caught.value)
    details = {detail["@type"].rpartition(".")[2]: detail for detail in status["details"]}
    assert details["ErrorInfo"]["reason"] == "EXECUTION_NOT_FOUND"
    assert details["ErrorInfo"]["domain"] == "segue"
    assert details["ResourceInfo"]["resourceName"] == "not-there"
