# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""Connections of arn:aws:states:::http:invoke: credentials that no definition holds."""

import base64
import json
import urllib.parse

import pytest
from support.client import FAILED, SUCCEEDED, machine, task
from support.web import Answering, Web
from test_states_api import ROLE, client_of

INVOKE = "arn:aws:states:::http:invoke"


class Handler(Answering):
    """/token gives out tokens, as often as it is asked and for as long as `expires_in` says; all
    else shows what came."""

    expires_in = 3600
    refuses = False

    def answer(self, hit):
        if hit.path != "/token":
            return 200, b"{}", {"Content-Type": "application/json"}
        if self.refuses:
            return 401, b'{"error":"invalid_client"}', {"Content-Type": "application/json"}
        token = f"token-{sum(one.path == '/token' for one in self.server.web.hits)}"
        body = {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in}
        return 200, json.dumps(body).encode(), {"Content-Type": "application/json"}


@pytest.fixture(name="handler")
def fixture_handler():
    return type("OwnHandler", (Handler,), {})


@pytest.fixture(name="web")
def fixture_web(handler):
    it = Web(handler)
    yield it
    it.stop()


@pytest.fixture(name="run")
def fixture_run(new_world, web):
    """run(connection, **arguments): the execution that made a call through the connection."""
    worlds = []

    def make(connection, **arguments):
        if not worlds:
            config = {"http_invoke": {"connections": [{"name": "crm", **connection}]}}
            worlds.append(new_world(config=config))
        arn = "arn:aws:events:us-east-1:000000000000:connection/crm/0a1b"
        arguments = {"ApiEndpoint": f"{web.url}/orders", "Method": "GET",
                     "Authentication": {"ConnectionArn": arn}, **arguments}
        return worlds[0].client.run(machine("Call", Call=task(INVOKE, arguments)))

    return make


def oauth(web):
    return {"oauth": {"token_endpoint": f"{web.url}/token", "client_id": "segue",
                      "client_secret": "s&cret", "scope": "read write"}}


def calls(web):
    return [hit for hit in web.hits if hit.path != "/token"]


def test_a_token_is_fetched_once_for_many_calls(run, web):
    for _ in range(3):
        done = run(oauth(web))
        assert done.status == SUCCEEDED, done.error
    (asked,) = [hit for hit in web.hits if hit.path == "/token"]
    assert (asked.method, urllib.parse.parse_qs(asked.body.decode())) == (
        "POST", {"grant_type": ["client_credentials"], "client_id": ["segue"],
                 "client_secret": ["s&cret"], "scope": ["read write"]})
    assert [hit.headers["authorization"] for hit in calls(web)] == ["Bearer token-1"] * 3


def test_a_token_that_ends_is_fetched_anew(run, web, handler):
    handler.expires_in = 1
    for _ in range(2):
        assert run(oauth(web)).status == SUCCEEDED
    assert [hit.headers["authorization"] for hit in calls(web)] == [
        "Bearer token-1", "Bearer token-2"]


def test_without_a_token_nothing_is_called(run, web, handler):
    handler.refuses = True
    done = run(oauth(web))
    assert done.status == FAILED
    assert "401" in done.error.cause and "s&cret" not in done.error.cause, done.error
    assert not calls(web)


@pytest.mark.parametrize("connection,header,value", [
    ({"basic": {"username": "ann", "password": "tea"}}, "authorization",
     "Basic " + base64.b64encode(b"ann:tea").decode()),
    ({"api_key": {"name": "X-Key", "value": "k1"}}, "x-key", "k1"),
], ids=["basic", "api key"])
def test_other_credentials(run, web, connection, header, value):
    assert run(connection).status == SUCCEEDED
    assert calls(web)[0].headers[header] == value


def test_what_goes_with_every_request_goes_before_the_tasks_own(run, web):
    connection = {"headers": {"X-Team": "theirs"}, "query_parameters": {"page": "1"}}
    done = run(connection, Headers={"X-Team": "own", "X-Own": "own"}, QueryParameters={"n": "2"})
    assert done.status == SUCCEEDED, done.error
    (hit,) = calls(web)
    assert (hit.headers["x-team"], hit.headers["x-own"]) == ("theirs", "own")
    query = urllib.parse.parse_qs(hit.path.partition("?")[2])
    assert query == {"page": ["1"], "n": ["2"]}


def test_a_connection_that_is_not_configured(run):
    arn = "arn:aws:events:us-east-1:000000000000:connection/other/0a1b"
    done = run({}, Authentication={"ConnectionArn": arn})
    assert done.status == FAILED
    assert arn in done.error.cause


def test_a_traced_test_of_a_state_shows_the_messages(new_world, web):
    """The Developer Guide, "Using TRACE inspectionLevel and revealSecrets"."""
    connection = {"name": "crm", "query_parameters": {"page": "1"},
                  "basic": {"username": "ann", "password": "tea"}}
    world = new_world(config={"http_invoke": {"connections": [connection]}})
    sfn = client_of(world.server)
    state = {"Type": "Task", "Resource": INVOKE, "End": True, "Parameters": {
        "ApiEndpoint": f"{web.url}/orders", "Method": "POST", "RequestBody": {"n": 1},
        "Authentication": {"ConnectionArn": "arn:aws:events:x:y:connection/crm/0a1b"}}}

    def inspected(**more):
        return sfn.test_state(definition=json.dumps(state), roleArn=ROLE, inspectionLevel="TRACE",
                              **more)["inspectionData"]

    hidden = inspected()
    assert hidden["request"]["url"] == f"{web.url}/orders"
    assert (hidden["request"]["protocol"], hidden["request"]["method"]) == ("http", "POST")
    assert hidden["request"]["body"] == '{"n":1}'
    assert "Authorization" not in hidden["request"]["headers"]
    assert hidden["response"]["statusCode"] == "200"
    assert hidden["response"]["body"] == "{}"
    secret = "Authorization: Basic " + base64.b64encode(b"ann:tea").decode()
    revealed = inspected(revealSecrets=True)
    assert secret in revealed["request"]["headers"]
    assert revealed["request"]["url"] == f"{web.url}/orders?page=1"
