# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""A client of the API, made from the protos alone, and words to build definitions with."""

import contextlib
import hashlib
import json

from support import protos  # noqa: F401  (puts the generated code on sys.path)

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from segue.v1 import (admin_service_pb2, admin_service_pb2_grpc, execution_pb2,
                      execution_service_pb2, execution_service_pb2_grpc, history_pb2, service_pb2,
                      task_service_pb2, task_service_pb2_grpc, workflow_pb2,
                      workflow_service_pb2, workflow_service_pb2_grpc)

ex = execution_service_pb2
wf = workflow_service_pb2
ad = admin_service_pb2
tk = task_service_pb2
Status = execution_pb2.ExecutionStatus
Workflow = workflow_pb2.Workflow
Budget = service_pb2.Budget
HistoryEvent = history_pb2.HistoryEvent

RUNNING = execution_pb2.EXECUTION_STATUS_RUNNING
SUCCEEDED = execution_pb2.EXECUTION_STATUS_SUCCEEDED
FAILED = execution_pb2.EXECUTION_STATUS_FAILED
TIMED_OUT = execution_pb2.EXECUTION_STATUS_TIMED_OUT
CANCELLED = execution_pb2.EXECUTION_STATUS_CANCELLED
BASIC = execution_pb2.EXECUTION_VIEW_BASIC
FULL = execution_pb2.EXECUTION_VIEW_FULL
ASCENDING = execution_service_pb2.HISTORY_ORDER_ASCENDING
DESCENDING = execution_service_pb2.HISTORY_ORDER_DESCENDING

SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"  # grpc.health.v1.HealthCheckResponse


def task(resource, parameters=None, **fields):
    """A Task state; ends the branch unless it has a Next."""
    state = {"Type": "Task", "Resource": resource, **fields}
    if parameters is not None:
        state["Parameters"] = parameters
    return state if "Next" in state else {**state, "End": True}


def machine(start, **states):
    return {"StartAt": start, "States": states}


def pass_machine():
    return machine("Done", Done={"Type": "Pass", "End": True})


def wait_machine(seconds=300):
    return machine("Sleep", Sleep={"Type": "Wait", "Seconds": seconds, "End": True})


class Client:
    """Stubs of all services, and the calls that the tests make most."""

    def __init__(self, address):
        options = [("grpc.initial_reconnect_backoff_ms", 50),
                   ("grpc.max_reconnect_backoff_ms", 200),
                   ("grpc.min_reconnect_backoff_ms", 50), ("grpc.use_local_subchannel_pool", 1),
                   ("grpc.max_receive_message_length", 64 << 20),
                   ("grpc.max_send_message_length", 64 << 20)]
        self.channel = grpc.insecure_channel(address, options)
        self.executions = execution_service_pb2_grpc.ExecutionServiceStub(self.channel)
        self.workflows = workflow_service_pb2_grpc.WorkflowServiceStub(self.channel)
        self.tasks = task_service_pb2_grpc.TaskServiceStub(self.channel)
        self.admin = admin_service_pb2_grpc.AdminServiceStub(self.channel)

    def close(self):
        self.channel.close()

    def health(self, service=""):
        """The raw answer of the health check: SERVING or NOT_SERVING."""
        check = self.channel.unary_unary("/grpc.health.v1.Health/Check")
        name = service.encode()
        return check(b"\x0a" + bytes([len(name)]) + name if name else b"", timeout=10)

    def watch_health(self):
        watch = self.channel.unary_stream("/grpc.health.v1.Health/Watch")
        return watch(b"", timeout=60)

    def reflected_services(self):
        stub = reflection_pb2_grpc.ServerReflectionStub(self.channel)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        answer = next(stub.ServerReflectionInfo(iter([request]), timeout=10))
        return [service.name for service in answer.list_services_response.service]

    def create(self, name, definition, **fields):
        text = definition if isinstance(definition, str) else json.dumps(definition)
        request = wf.CreateWorkflowRequest(workflow=Workflow(name=name, definition=text, **fields))
        return self.workflows.CreateWorkflow(request, timeout=30).workflow

    def store(self, definition):
        """The name of a workflow with this definition, made when it is new."""
        name = "w" + hashlib.sha256(json.dumps(definition).encode()).hexdigest()[:16]
        text = json.dumps(definition)
        self.workflows.UpdateWorkflow(
            wf.UpdateWorkflowRequest(workflow=Workflow(name=name, definition=text),
                                     allow_missing=True), timeout=30)
        return name

    def submit(self, target, data=None, **fields):
        """Of a stored workflow by its name, or of a definition, which is stored for it."""
        if not isinstance(target, str):
            target = self.store(target)
        return self.executions.SubmitWorkflow(submit_request(target, data, **fields),
                                              timeout=30).execution

    def get(self, execution_id, view=FULL):
        request = ex.GetExecutionRequest(execution_id=execution_id, view=view)
        return self.executions.GetExecution(request, timeout=30).execution

    def list_ids(self):
        """The ids of all executions."""
        ids, token = [], ""
        while True:
            page = self.executions.ListExecutions(
                ex.ListExecutionsRequest(page_size=1000, page_token=token), timeout=30)
            ids += [execution.execution_id for execution in page.executions]
            token = page.next_page_token
            if not token:
                return ids

    def wait(self, execution_id, seconds=60):
        """The execution once it has ended."""
        request = ex.WaitExecutionRequest(execution_id=execution_id)
        request.timeout.FromSeconds(min(seconds, 60))
        answer = self.executions.WaitExecution(request, timeout=seconds + 10)
        assert answer.done, f"still open after {seconds} s: {answer.execution}"
        return answer.execution

    def run(self, target, data=None, **fields):
        return self.wait(self.submit(target, data, **fields).execution_id)

    def cancel(self, execution_id, reason=""):
        request = ex.CancelExecutionRequest(execution_id=execution_id, reason=reason)
        return self.executions.CancelExecution(request, timeout=30).execution

    def watch(self, execution_id, **fields):
        request = ex.WatchExecutionRequest(execution_id=execution_id, **fields)
        return self.executions.WatchExecution(request, timeout=60)

    def history(self, execution_id, order=ASCENDING, page_size=1000):
        events, token = [], ""
        while True:
            request = ex.ListHistoryRequest(execution_id=execution_id, page_size=page_size,
                                            page_token=token, order=order)
            answer = self.executions.ListHistory(request, timeout=30)
            events += answer.events
            token = answer.next_page_token
            if not token:
                return events

    def poll(self, task_type="", activity="", worker="w", seconds=20):
        """The next task of that type; None where none came."""
        queue = {"activity": activity} if activity else {"task_type": task_type}
        request = tk.PollTaskRequest(worker_name=worker, **queue)
        request.timeout.FromSeconds(seconds)
        answer = self.tasks.PollTask(request, timeout=seconds + 10)
        return answer.task if answer.HasField("task") else None

    def complete(self, token, output):
        request = tk.CompleteTaskRequest(task_token=token, output=json.dumps(output))
        self.tasks.CompleteTask(request, timeout=10)

    def fail(self, token, error, cause=""):
        request = tk.FailTaskRequest(task_token=token)
        request.error.error, request.error.cause = error, cause
        self.tasks.FailTask(request, timeout=10)

    def heartbeat(self, token):
        self.tasks.HeartbeatTask(tk.HeartbeatTaskRequest(task_token=token), timeout=10)

    def budget(self, service, mask="*", etag="", **budget):
        request = ad.UpdateServiceBudgetRequest(name=service, budget=Budget(**budget), etag=etag)
        request.update_mask.paths.extend(mask.split(","))
        return self.admin.UpdateServiceBudget(request, timeout=10).service

    def service(self, name):
        return self.admin.GetService(ad.GetServiceRequest(name=name), timeout=10).service


def submit_request(target, data=None, **fields):
    if isinstance(target, str):
        fields["workflow"] = target
    else:
        fields["inline_definition"] = ex.InlineDefinition(definition=json.dumps(target))
    if data is not None:
        fields["input"] = json.dumps(data)
    return ex.SubmitWorkflowRequest(**fields)


class Refusal:
    """An error of the server, with its details by type."""

    def __init__(self, error):
        self.code = error.code()
        self.message = error.details()
        self.details = {}
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                self._unpack(status_pb2.Status.FromString(value))

    def _unpack(self, status):
        for detail in status.details:
            kind = getattr(error_details_pb2, detail.type_url.rsplit(".", 1)[-1])
            self.details[kind.__name__] = kind.FromString(detail.value)

    @property
    def reason(self):
        return self.details["ErrorInfo"].reason

    @property
    def violations(self):
        return list(self.details["BadRequest"].field_violations)

    @property
    def text(self):
        """All that it tells a person."""
        parts = [self.message]
        if "BadRequest" in self.details:
            parts += [f"{fault.field}: {fault.description}" for fault in self.violations]
        return "\n".join(parts)

    def __str__(self):
        return f"{self.code}: {self.text} {self.details}"


class Refused:
    refusal: Refusal = None


@contextlib.contextmanager
def refused(code):
    """Expects an error of that code, with ErrorInfo; `.refusal` holds it afterwards."""
    got = Refused()
    with pytest.raises(grpc.RpcError) as caught:
        yield got
    got.refusal = Refusal(caught.value)
    assert got.refusal.code == code, str(got.refusal)
    assert "ErrorInfo" in got.refusal.details, f"no ErrorInfo: {got.refusal}"
    assert got.refusal.details["ErrorInfo"].domain == "segue"
    assert got.refusal.reason
