# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""HTTP tasks as the called server sees them: http:<service> and arn:aws:states:::http:invoke."""

import json
import select
import time

import grpc
import pytest
from support.client import CANCELLED, FAILED, SUCCEEDED, machine, refused, task
from support.segued import free_port
from support.web import Answering, Web

INVOKE = "arn:aws:states:::http:invoke"


class Handler(Answering):
    """Answers by path; /slow waits until its caller has gone."""

    def handle_any(self):
        if self.path.partition("?")[0] != "/slow":
            super().handle_any()
            return
        self.read_hit()
        # The caller sends nothing more: that it can be read means that it has gone.
        gone = select.select([self.connection], [], [], 30)[0]
        if gone:
            self.server.web.left()
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def answer(self, hit):
        path = hit.path.partition("?")[0]
        code = int(path.removeprefix("/code/")) if path.startswith("/code/") else 200
        body = b'"' + b"x" * (1 << 20) + b'"' if path == "/large" else json.dumps(
            {"path": hit.path, "code": code}).encode()
        headers = {"Location": "/elsewhere"} if code == 302 else {}
        return code, body, {"Content-Type": "application/json", **headers}


@pytest.fixture(name="web")
def fixture_web():
    it = Web(Handler)
    yield it
    it.stop()


def invoke(web, path, method="GET", state=None, **arguments):
    arguments = {"ApiEndpoint": f"{web.url}{path}", "Method": method, **arguments}
    return machine("Call", Call=task(INVOKE, arguments, **(state or {})))


def test_invoke(world, web):
    definition = invoke(web, "/orders", "POST", Headers={"X-Team": "a"},
                        QueryParameters={"page.$": "$.page"}, RequestBody={"n.$": "$.n"})
    done = world.client.run(definition, {"n": 5, "page": 2})
    assert done.status == SUCCEEDED, done.error
    output = json.loads(done.output)
    assert (output["StatusCode"], output["ResponseBody"]["path"]) == (200, "/orders?page=2")
    (hit,) = web.hits
    assert (hit.method, hit.path, json.loads(hit.body)) == ("POST", "/orders?page=2", {"n": 5})
    assert hit.headers["x-team"] == "a"
    assert hit.headers["idempotency-key"].startswith(f"{done.execution_id}/")
    assert hit.headers["traceparent"].startswith("00-")
    assert hit.headers["content-type"].startswith("application/json")


def test_invoke_is_retried_by_status_with_one_key(world, web):
    retry = [{"ErrorEquals": ["States.Http.StatusCode.503"], "IntervalSeconds": 1,
              "MaxAttempts": 2}]
    done = world.client.run(invoke(web, "/code/503", state={"Retry": retry}))
    assert (done.status, done.error.error) == (FAILED, "States.Http.StatusCode.503")
    assert len(web.hits) == 3
    assert len({hit.headers["idempotency-key"] for hit in web.hits}) == 1


def test_a_redirect_is_not_followed(world, web):
    done = world.client.run(invoke(web, "/code/302"))
    assert [hit.path for hit in web.hits] == ["/code/302"]
    assert (done.status, done.error.error) == (FAILED, "States.Http.StatusCode.302")


def test_a_response_too_large(world, web):
    done = world.client.run(invoke(web, "/large"))
    assert (done.status, done.error.error) == (FAILED, "Http.ResponseTooLarge")
    assert "262144" in done.error.cause


def test_nobody_listens(world):
    nowhere = {"ApiEndpoint": f"http://127.0.0.1:{free_port()}/", "Method": "GET"}
    done = world.client.run(machine("Call", Call=task(INVOKE, nowhere)))
    assert (done.status, done.error.error) == (FAILED, "States.Http.Socket")


@pytest.mark.parametrize("arguments,tells", [
    ({"Method": "GET"}, "ApiEndpoint"),
    ({"ApiEndpoint": "gopher://x/", "Method": "GET"}, "ApiEndpoint"),
    ({"ApiEndpoint": "http://127.0.0.1:1/", "Method": "BREW"}, "Method"),
    ({"ApiEndpoint": "http://127.0.0.1:1/", "Method": "GET", "Headers": {"a\nb": "c"}}, "Headers"),
    ({"ApiEndpoint": "http://127.0.0.1:1/", "Method": "GET", "Colour": 1}, "Colour"),
], ids=["no endpoint", "scheme", "method", "header", "argument"])
def test_bad_arguments(world, arguments, tells):
    done = world.client.run(machine("Call", Call=task(INVOKE, arguments)))
    assert done.status == FAILED
    assert tells in done.error.cause, done.error


def test_timeout_and_cancel_reach_the_server(world, web):
    done = world.client.run(invoke(web, "/slow", state={"TimeoutSeconds": 1}))
    assert (done.status, done.error.error) == (FAILED, "States.Timeout")
    web.wait_until(lambda: web.gone == 1)
    started = world.client.submit(invoke(web, "/slow"))
    web.wait_until(lambda: len(web.hits) == 2)
    began = time.monotonic()
    assert world.client.cancel(started.execution_id).status == CANCELLED
    web.wait_until(lambda: web.gone == 2)
    assert time.monotonic() - began < 5


def test_service_with_headers_of_the_configuration(new_world, web):
    service = {"name": "web", "http": {"base_url": f"{web.url}/v1",
                                       "headers": {"authorization": "secret", "x-a": "default"}}}
    world = new_world(extra_services=[service])
    call = task("http:web", {"Path": "/orders/7", "Headers": {"X-A": "own"}})
    done = world.client.run(machine("Call", Call=call))
    assert done.status == SUCCEEDED, done.error
    (hit,) = web.hits
    assert (hit.method, hit.path) == ("GET", "/v1/orders/7")
    assert (hit.headers["authorization"], hit.headers["x-a"]) == ("secret", "own")
    assert "secret" not in str(world.client.history(done.execution_id))
    bad = world.client.run(machine("Call", Call=task("http:web", {"Path": "/../../code/404"})))
    assert bad.status in (SUCCEEDED, FAILED)
    assert all(hit.path.startswith("/v1/") for hit in web.hits)


def test_invoke_may_be_forbidden(new_world, web):
    world = new_world()
    name = world.client.store(invoke(web, "/"))
    before = len(world.server.log)
    world.server.write_config([world.shop.service()], http_invoke={"allowed": False})
    world.server.wait_for_log("took up the changed configuration", after=before)
    done = world.client.run(name)
    assert (done.status, done.error.error) == (FAILED, "Http.NotAllowed")
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as got:
        world.client.create("forbidden", invoke(web, "/other"))
    assert "/States/Call/Resource" in got.refusal.text
    assert not web.hits
