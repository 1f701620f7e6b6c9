# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""Each call of the API, from a client that shares no code with the server."""

import json
import threading
import uuid

import grpc
import pytest
from google.protobuf import timestamp_pb2
from support.client import (ASCENDING, BASIC, CANCELLED, DESCENDING, FAILED, NOT_SERVING, RUNNING,
                            SERVING, SUCCEEDED, Budget, Refusal, Status, Workflow, ad, ex, machine,
                            pass_machine, refused, submit_request, task, wait_machine, wf)
from support.shop import RESOURCE

Code = grpc.StatusCode
FAIL = machine("Bad", Bad={"Type": "Fail", "Error": "Sold", "Cause": "out"})


def fresh(prefix="w"):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


@pytest.fixture(name="client")
def fixture_client(world):
    return world.client


# Workflows.


def test_workflow_from_create_to_delete(client):
    name, text = fresh(), json.dumps(pass_machine())
    made = client.create(name, text, description="first", labels={"team": "a"})
    assert (made.version, made.definition, made.description) == (1, text, "first")
    got = client.workflows.GetWorkflow(wf.GetWorkflowRequest(name=name)).workflow
    assert got == made
    newer = Workflow(name=name, definition=json.dumps(wait_machine()), etag=made.etag)
    update = client.workflows.UpdateWorkflow(wf.UpdateWorkflowRequest(workflow=newer))
    assert update.changed and update.workflow.version == 2
    newer.etag = update.workflow.etag
    again = client.workflows.UpdateWorkflow(wf.UpdateWorkflowRequest(workflow=newer))
    assert not again.changed and again.workflow.version == 2
    old = client.workflows.GetWorkflow(wf.GetWorkflowRequest(name=name, version=1)).workflow
    assert old.definition == text
    with refused(Code.ABORTED):
        client.workflows.DeleteWorkflow(wf.DeleteWorkflowRequest(name=name, etag=made.etag))
    client.workflows.DeleteWorkflow(wf.DeleteWorkflowRequest(name=name))
    with refused(Code.NOT_FOUND) as got:
        client.workflows.GetWorkflow(wf.GetWorkflowRequest(name=name))
    assert name in got.refusal.details["ResourceInfo"].resource_name
    assert client.create(name, text).version == 3  # goes on after the last one deleted


def test_workflow_that_exists_or_is_stale(client):
    name = fresh()
    made = client.create(name, pass_machine())
    with refused(Code.ALREADY_EXISTS) as got:
        client.create(name, pass_machine())
    assert "ResourceInfo" in got.refusal.details
    stale = Workflow(name=name, definition=json.dumps(FAIL), etag="stale")
    with refused(Code.ABORTED):
        client.workflows.UpdateWorkflow(wf.UpdateWorkflowRequest(workflow=stale))
    assert client.workflows.GetWorkflow(wf.GetWorkflowRequest(name=name)).workflow == made


def test_workflow_validate_only_stores_nothing(client):
    name = fresh()
    shape = Workflow(name=name, definition=json.dumps(pass_machine()))
    answer = client.workflows.CreateWorkflow(
        wf.CreateWorkflowRequest(workflow=shape, validate_only=True))
    assert answer.workflow.name == name
    with refused(Code.NOT_FOUND):
        client.workflows.GetWorkflow(wf.GetWorkflowRequest(name=name))


def test_workflow_list_by_pages(client):
    prefix = fresh("p")
    names = [f"{prefix}-{number}" for number in range(5)]
    for name in names:
        client.create(name, pass_machine())
    listed, token = [], ""
    while True:
        page = client.workflows.ListWorkflows(
            wf.ListWorkflowsRequest(page_size=2, page_token=token, name_prefix=prefix))
        assert len(page.workflows) <= 2
        listed += [workflow.name for workflow in page.workflows]
        assert not any(workflow.definition for workflow in page.workflows)
        token = page.next_page_token
        if not token:
            break
    assert listed == names


def test_workflow_in_yaml(client):
    text = "StartAt: Only\nStates:\n  Only:\n    Type: Succeed\n"
    made = client.create(fresh(), text)
    assert made.definition == text and made.definition_format != 0
    assert client.run(made.name, {"n": 1}).status == SUCCEEDED


def test_bad_definition_says_where(client):
    text = '{"StartAt": "A",\n "States": {\n  "A": {"Type": "Pass", "Next": "Nowhere"},\n' \
           '  "B": {"Type": "Pass", "End": true}}}'
    with refused(Code.INVALID_ARGUMENT) as got:
        client.create(fresh(), text)
    assert got.refusal.reason == "INVALID_DEFINITION"
    faults = {fault.field: fault for fault in got.refusal.violations}
    assert {"/States/A/Next", "/States/B"} <= set(faults), str(got.refusal)
    assert faults["/States/A/Next"].reason == "MISSING_TRANSITION_TARGET"
    assert faults["/States/A/Next"].description.startswith("3:")
    assert faults["/States/B"].description.startswith("4:")
    answer = client.workflows.ValidateWorkflow(wf.ValidateWorkflowRequest(definition=text))
    places = {fault.json_pointer: (fault.line, fault.code) for fault in answer.faults}
    assert places["/States/A/Next"] == (3, "MISSING_TRANSITION_TARGET")
    assert places["/States/B"] == (4, "MISSING_TRANSITION_TARGET")
    valid = wf.ValidateWorkflowRequest(definition=json.dumps(pass_machine()))
    assert not client.workflows.ValidateWorkflow(valid).faults


# Executions.


def test_submit_and_get(client):
    name = fresh()
    client.create(name, pass_machine())
    started = client.submit(name, {"n": 1}, labels={"team": "a"}, priority=7)
    done = client.wait(started.execution_id)
    assert (done.status, json.loads(done.output)) == (SUCCEEDED, {"n": 1})
    got = client.get(started.execution_id)
    assert got == done
    assert (got.workflow, got.version, got.priority) == (name, 1, 7)
    assert dict(got.labels) == {"team": "a"}
    basic = client.get(started.execution_id, BASIC)
    assert (basic.input, basic.output, basic.status) == ("", "", SUCCEEDED)


def test_submit_of_an_inline_definition(client):
    request = submit_request(pass_machine(), {"n": 2}, request_id=fresh())
    started = client.executions.SubmitWorkflow(request, timeout=10).execution
    done = client.wait(started.execution_id)
    assert (done.status, json.loads(done.output)) == (SUCCEEDED, {"n": 2})
    assert (done.workflow, done.version) == ("", 0)


def test_submit_of_an_old_version(client):
    name = fresh()
    client.create(name, pass_machine())
    client.workflows.UpdateWorkflow(wf.UpdateWorkflowRequest(
        workflow=Workflow(name=name, definition=json.dumps(FAIL))))
    assert client.run(name, version=1).status == SUCCEEDED
    newest = client.run(name)
    assert (newest.status, newest.version) == (FAILED, 2)
    assert (newest.error.error, newest.error.cause) == ("Sold", "out")


def test_express(client):
    done = client.run(pass_machine(), {"n": 3}, type=2)
    assert (done.status, json.loads(done.output)) == (SUCCEEDED, {"n": 3})
    assert done.history_event_count == 0


def test_deadline_in_the_future_ends_it(client):
    soon = timestamp_pb2.Timestamp()
    soon.GetCurrentTime()
    soon.seconds += 2
    done = client.run(wait_machine(), deadline=soon)
    assert Status.Name(done.status) == "EXECUTION_STATUS_TIMED_OUT"


def test_wait_bounded(client):
    started = client.submit(wait_machine())
    request = ex.WaitExecutionRequest(execution_id=started.execution_id)
    request.timeout.FromMilliseconds(200)
    answer = client.executions.WaitExecution(request, timeout=10)
    assert not answer.done and answer.execution.status == RUNNING
    request.timeout.FromSeconds(60)
    # The deadline of the call is sooner: an answer, not an error.
    assert not client.executions.WaitExecution(request, timeout=2).done
    assert client.cancel(started.execution_id).status == CANCELLED


def test_cancel(client):
    started = client.submit(wait_machine())
    assert client.get(started.execution_id).branches[0].state_name == "Sleep"
    assert client.cancel(started.execution_id, "enough").status == CANCELLED
    assert client.cancel(started.execution_id, "enough").status == CANCELLED
    events = client.history(started.execution_id)
    assert (events[-1].type, events[-1].cause) == ("ExecutionAborted", "enough")
    ended = client.run(pass_machine())
    with refused(Code.FAILED_PRECONDITION) as got:
        client.cancel(ended.execution_id)
    assert got.refusal.details["PreconditionFailure"].violations


@pytest.mark.parametrize("call", ["get", "cancel", "history", "wait"])
def test_no_such_execution(client, call):
    with refused(Code.NOT_FOUND) as got:
        getattr(client, call)("not-there")
    assert got.refusal.details["ResourceInfo"].resource_name.endswith("not-there")


def test_idempotent_by_request_id(client):
    name = client.store(pass_machine())
    request = submit_request(name, {"n": 1}, request_id=fresh("r"))
    first = client.executions.SubmitWorkflow(request)
    second = client.executions.SubmitWorkflow(request)
    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.execution.execution_id == second.execution.execution_id
    request.input = '{"n": 2}'
    with refused(Code.ALREADY_EXISTS) as got:
        client.executions.SubmitWorkflow(request)
    assert "ResourceInfo" in got.refusal.details


def test_idempotent_by_execution_id(client):
    name = client.store(pass_machine())
    request = submit_request(name, {"n": 1}, execution_id=fresh("e"))
    first = client.executions.SubmitWorkflow(request)
    assert first.execution.execution_id == request.execution_id
    assert client.executions.SubmitWorkflow(request).duplicate
    request.input = '{"n": 2}'
    with refused(Code.ALREADY_EXISTS):
        client.executions.SubmitWorkflow(request)


def test_the_same_submit_at_once_starts_one(client):
    name = client.store(pass_machine())
    request = submit_request(name, request_id=fresh("r"))
    answers = [call.result() for call in
               [client.executions.SubmitWorkflow.future(request, timeout=30) for _ in range(50)]]
    assert len({answer.execution.execution_id for answer in answers}) == 1
    assert sum(not answer.duplicate for answer in answers) == 1


def test_submit_validate_only(client):
    name = client.store(pass_machine())
    request = submit_request(name, execution_id=fresh("e"), validate_only=True)
    answer = client.executions.SubmitWorkflow(request)
    assert answer.execution.workflow == name
    with refused(Code.NOT_FOUND):
        client.get(request.execution_id)


# Watching.


def test_watch_from_start_to_end(client):
    steps = machine("One", One={"Type": "Pass", "Next": "Two"},
                    Two={"Type": "Wait", "Seconds": 1, "End": True})
    started = client.submit(steps)
    messages = list(client.watch(started.execution_id))
    assert messages[0].HasField("execution")
    assert messages[-1].execution.status == SUCCEEDED
    assert all(message.resume_token for message in messages)
    events = [event for message in messages for event in message.events]
    assert events == client.history(started.execution_id)


def test_watch_goes_on_after_a_token(client):
    started = client.submit(wait_machine(2))
    watch = client.watch(started.execution_id)
    seen = []
    while not any(event.type == "WaitStateEntered" for event in seen):
        message = next(watch)
        seen += message.events
    watch.cancel()
    rest = list(client.watch(started.execution_id, resume_token=message.resume_token))
    seen += [event for message in rest for event in message.events]
    assert seen == client.history(started.execution_id)
    assert rest[-1].execution.status == SUCCEEDED


def test_watch_with_the_token_of_another(client):
    one, other = client.run(pass_machine()), client.run(pass_machine())
    token = list(client.watch(one.execution_id))[-1].resume_token
    for bad in (token, "nonsense"):
        with refused(Code.INVALID_ARGUMENT):
            list(client.watch(other.execution_id, resume_token=bad))
    with refused(Code.NOT_FOUND):
        list(client.watch("not-there"))


# Lists.


def test_executions_by_pages_and_filters(client):
    label = {"list": fresh("l")}
    for number in range(7):
        client.run(FAIL if number % 2 else pass_machine(), labels=label)
    listed, token = [], ""
    while True:
        request = ex.ListExecutionsRequest(page_size=3, page_token=token,
                                           filter=ex.ExecutionFilter(labels=label))
        page = client.executions.ListExecutions(request)
        assert len(page.executions) <= 3
        listed += page.executions
        token = page.next_page_token
        if not token:
            break
    assert len({execution.execution_id for execution in listed}) == 7
    starts = [execution.start_time.ToNanoseconds() for execution in listed]
    assert starts == sorted(starts, reverse=True)
    only = ex.ExecutionFilter(labels=label, statuses=[FAILED])
    assert len(client.executions.ListExecutions(
        ex.ListExecutionsRequest(filter=only)).executions) == 3
    only = ex.ExecutionFilter(labels=label, workflow=listed[0].workflow)
    assert len(client.executions.ListExecutions(
        ex.ListExecutionsRequest(filter=only)).executions) == 4
    only = ex.ExecutionFilter(labels=label, start_time_after=listed[2].start_time)
    assert len(client.executions.ListExecutions(
        ex.ListExecutionsRequest(filter=only)).executions) == 3
    only = ex.ExecutionFilter(labels=label, start_time_before=listed[2].start_time)
    assert len(client.executions.ListExecutions(
        ex.ListExecutionsRequest(filter=only)).executions) == 4


def test_history_both_orders_and_pages(client):
    done = client.run(machine("Pay", Pay=task(RESOURCE, {"order_id": "history"})))
    events = client.history(done.execution_id)
    assert [event.type for event in events] == [
        "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded",
        "TaskStateExited", "ExecutionSucceeded"]
    assert [event.id for event in events] == list(range(1, 8))
    assert client.history(done.execution_id, DESCENDING, 3) == events[::-1]
    assert client.history(done.execution_id, ASCENDING, 2) == events
    assert done.history_event_count == 7


def test_page_token_of_another_list(client):
    for number in range(3):
        client.create(fresh(f"t{number}"), pass_machine())
    first, second = client.run(pass_machine()), client.run(pass_machine())
    calls = client.executions
    executions = calls.ListExecutions(ex.ListExecutionsRequest(page_size=1)).next_page_token
    workflows = client.workflows.ListWorkflows(
        wf.ListWorkflowsRequest(page_size=1)).next_page_token
    history = calls.ListHistory(ex.ListHistoryRequest(
        execution_id=first.execution_id, page_size=1)).next_page_token
    assert executions and workflows and history
    wrong = [
        lambda: calls.ListExecutions(ex.ListExecutionsRequest(page_token=workflows)),
        lambda: calls.ListExecutions(ex.ListExecutionsRequest(page_token="nonsense")),
        lambda: calls.ListExecutions(ex.ListExecutionsRequest(
            page_token=executions, filter=ex.ExecutionFilter(statuses=[FAILED]))),
        lambda: client.workflows.ListWorkflows(wf.ListWorkflowsRequest(page_token=executions)),
        lambda: client.workflows.ListWorkflows(
            wf.ListWorkflowsRequest(page_token=workflows, name_prefix="t")),
        lambda: calls.ListHistory(ex.ListHistoryRequest(
            execution_id=second.execution_id, page_token=history)),
        lambda: calls.ListHistory(ex.ListHistoryRequest(
            execution_id=first.execution_id, page_token=history, order=DESCENDING)),
        lambda: client.admin.ListServices(ad.ListServicesRequest(page_token=executions)),
    ]
    for call in wrong:
        with refused(Code.INVALID_ARGUMENT) as got:
            call()
        assert got.refusal.violations[0].field == "page_token"


# The stream of submits.


def test_submit_stream(client):
    name = client.store(pass_machine())

    def requests():
        for tag in range(200):
            target = "not-there" if tag == 77 else name
            yield ex.SubmitWorkflowsRequest(tag=tag, report_close=tag % 2 == 0,
                                            submit=submit_request(target, {"tag": tag}))

    accepted, closed, errors = {}, {}, {}
    for answer in client.executions.SubmitWorkflows(requests(), timeout=60):
        kind = answer.WhichOneof("result")
        kept = {"accepted": accepted, "closed": closed, "error": errors}[kind]
        assert answer.tag not in kept
        if kind == "closed":
            assert answer.tag in accepted
        kept[answer.tag] = getattr(answer, kind)
    assert set(errors) == {77}
    assert errors[77].code == Code.NOT_FOUND.value[0]
    assert any(detail.type_url.endswith("google.rpc.ErrorInfo") for detail in errors[77].details)
    assert set(accepted) == set(range(200)) - {77}
    assert set(closed) == set(range(0, 200, 2))
    for tag, execution in closed.items():
        assert execution.status == SUCCEEDED
        assert json.loads(execution.output) == {"tag": tag}
        assert execution.execution_id == accepted[tag].execution.execution_id


# Services and the server.


def test_services(client):
    services = client.admin.ListServices(ad.ListServicesRequest()).services
    assert "shop" in [service.name for service in services]
    assert client.service("shop").name == "shop"
    with refused(Code.NOT_FOUND) as got:
        client.service("not-there")
    assert got.refusal.details["ResourceInfo"].resource_name.endswith("not-there")


def test_budget_with_etag_and_mask(new_world):
    world = new_world(rate_per_second=50, burst=5, max_concurrency=4, timeout="5s")
    client = world.client
    before = client.service("shop")
    assert before.budget.timeout.seconds == 5
    after = client.budget("shop", mask="rate_per_second", etag=before.etag, rate_per_second=75)
    assert (after.budget.rate_per_second, after.budget.burst, after.budget.max_concurrency) == \
        (75, 5, 4)
    assert after.etag != before.etag
    with refused(Code.ABORTED):
        client.budget("shop", mask="burst", etag=before.etag, burst=9)
    with refused(Code.INVALID_ARGUMENT) as got:
        client.budget("shop", mask="colour", burst=9)
    assert "colour" in got.refusal.text
    with refused(Code.INVALID_ARGUMENT):
        client.budget("shop", mask="rate_per_second", rate_per_second=-1)
    with refused(Code.NOT_FOUND):
        client.admin.UpdateServiceBudget(
            ad.UpdateServiceBudgetRequest(name="not-there", budget=Budget(burst=1)))
    world.server.kill()
    world.server.start()
    request = ad.GetServiceRequest(name="shop")
    kept = client.admin.GetService(request, timeout=10, wait_for_ready=True).service
    assert kept.budget == after.budget  # durable


def test_server_info(client):
    info = client.admin.GetServerInfo(ad.GetServerInfoRequest())
    assert info.version and info.store == "rocksdb" and info.shard_count > 0
    assert not info.draining


def test_health(client):
    assert client.health() == SERVING
    with pytest.raises(grpc.RpcError) as caught:
        client.health("not.There")
    assert caught.value.code() == Code.NOT_FOUND


def test_reflection(client):
    assert {"segue.v1.WorkflowService", "segue.v1.ExecutionService", "segue.v1.AdminService",
            "grpc.health.v1.Health"} <= set(client.reflected_services())


# The end of the server.


class Stream:
    """Reads a stream in a thread, until it ends."""

    def __init__(self, call):
        self.messages = []
        self.error = None
        self.first = threading.Event()
        self._call = call
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            for message in self._call:
                self.messages.append(message)
                self.first.set()
        except grpc.RpcError as error:
            self.error = Refusal(error)
        self.first.set()

    def join(self, timeout=40):
        self._thread.join(timeout)
        assert not self._thread.is_alive(), "the stream did not end"
        return self


def endless_submits(name, stop):
    yield ex.SubmitWorkflowsRequest(tag=1, submit=submit_request(name))
    stop.wait(60)


def test_sigterm(new_world):
    world = new_world()
    client = world.client
    sleeper = client.submit(wait_machine()).execution_id
    name = client.store(pass_machine())
    # A call under way keeps the drain open for a while.
    slow = client.submit(machine("Pay", Pay=task(RESOURCE, {"order_id": "x", "delay_ms": 1000})))
    world.shop.wait_until(lambda: world.shop.in_flight == 1)
    health = Stream(client.watch_health())
    watch = Stream(client.watch(sleeper))
    stop = threading.Event()
    submits = Stream(client.executions.SubmitWorkflows(endless_submits(name, stop), timeout=60))
    request = ex.WaitExecutionRequest(execution_id=sleeper)
    wait = client.executions.WaitExecution.future(request, timeout=60)
    for stream in (health, watch, submits):
        assert stream.first.wait(10)
        assert stream.error is None, str(stream.error)
    world.server.terminate()
    ended = [watch.join().error, submits.join().error, Refusal(wait.exception(40))]
    stop.set()
    health.join()
    assert world.server.wait() == 0
    assert health.messages == [SERVING, NOT_SERVING]
    for call, error in zip(("watch", "submits", "wait"), ended):
        assert error is not None and error.code == Code.UNAVAILABLE, f"{call}: {error}"
        assert {"ErrorInfo", "RetryInfo"} <= set(error.details), f"{call}: {error}"
    world.server.start()
    assert client.executions.GetExecution(ex.GetExecutionRequest(execution_id=sleeper), timeout=10,
                                          wait_for_ready=True).execution.status == RUNNING
    assert client.wait(slow.execution_id).status == SUCCEEDED
    assert len(world.shop.charges) == 1
