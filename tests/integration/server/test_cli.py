# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""The `segue` command against a real server: what it prints where, and its exit codes."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess

import pytest
from support.client import machine, pass_machine, task, wait_machine
from support.segued import BINARY, free_port
from support.shop import RESOURCE

SEGUE = os.environ.get("SEGUE", str(pathlib.Path(BINARY).parent / "segue"))
OK, USAGE, REFUSED, FAILED, TIMED_OUT, CANCELLED, UNAVAILABLE, WAIT_TIMED_OUT = range(8)
FAIL = machine("Bad", Bad={"Type": "Fail", "Error": "Sold", "Cause": "out of tea"})
SLOW = {**wait_machine(), "TimeoutSeconds": 1}


@dataclasses.dataclass
class Ended:
    code: int
    out: str
    error: str

    @property
    def json(self):
        return json.loads(self.out)


class Cli:
    def __init__(self, address, folder):
        self.address = address
        self.folder = folder

    def command(self, *arguments):
        return [SEGUE, "--address", self.address, *arguments]

    def __call__(self, *arguments, stdin=None):
        ended = subprocess.run(self.command(*arguments), input=stdin, capture_output=True,
                               text=True, timeout=60, check=False, cwd=self.folder)
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def start(self, *arguments):
        return subprocess.Popen(self.command(*arguments), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                cwd=self.folder)

    def write(self, name, definition):
        text = definition if isinstance(definition, str) else json.dumps(definition, indent=1)
        (self.folder / name).write_text(text)
        return name

    def apply(self, name, definition):
        done = self("apply", "-f", self.write(f"{name}.asl.json", definition))
        assert done.code == OK, done
        return name


@pytest.fixture(name="cli")
def fixture_cli(world, tmp_path):
    return Cli(world.server.address, tmp_path)


def test_apply(cli):
    cli.write("tea.asl.yaml", "StartAt: A\nStates:\n  A: {Type: Succeed}\n")
    first = cli("apply", "-f", "tea.asl.yaml", "--label", "team=a").json["results"][0]
    assert (first["workflow"]["name"], first["workflow"]["version"]) == ("tea", "1")
    assert first["changed"] and first["workflow"]["labels"] == {"team": "a"}
    again = cli("apply", "-f", "tea.asl.yaml", "--label", "team=a").json["results"][0]
    assert not again["changed"]
    cli.write("tea.asl.yaml", "StartAt: B\nStates:\n  B: {Type: Succeed}\n")
    tried = cli("-o", "table", "apply", "-f", "tea.asl.yaml", "--validate-only")
    assert (tried.code, "would change" in tried.out) == (OK, True)
    assert "tea version 2 updated" in cli("-o", "table", "apply", "tea.asl.yaml").out
    from_stdin = cli("apply", "-f", "-", "--name", "tea2", stdin=json.dumps(pass_machine()))
    assert from_stdin.json["results"][0]["workflow"]["name"] == "tea2"


def test_apply_and_validate_say_where_the_faults_are(cli):
    bad = '{"StartAt": "A",\n "States": {\n  "A": {"Type": "Pass", "Next": "Nowhere"}}}\n'
    cli.write("bad.json", bad)
    cli.write("good.json", pass_machine())
    for verb in ("apply", "validate"):
        ended = cli(verb, "bad.json", "good.json")
        assert ended.code == REFUSED
        # FILE:LINE:COLUMN: message, as compilers write it; on stderr.
        assert "bad.json:3:" in ended.error and "Nowhere" in ended.error, ended
        assert "good.json:" not in ended.error
    assert cli("validate", "good.json").code == OK
    missing = cli("validate", "not-there.json")
    assert (missing.code, "not-there.json" in missing.error) == (USAGE, True), missing


@pytest.mark.parametrize("name,definition,code,status", [
    ("cli-ok", pass_machine(), OK, "SUCCEEDED"), ("cli-fail", FAIL, FAILED, "FAILED"),
    ("cli-slow", SLOW, TIMED_OUT, "TIMED_OUT")])
def test_submit_and_wait(cli, name, definition, code, status):
    cli.apply(name, definition)
    ended = cli("submit", name, "--wait", "--input", '{"n": 1}')
    assert ended.code == code, ended
    assert ended.json["status"] == f"EXECUTION_STATUS_{status}"
    later = cli("wait", ended.json["executionId"])
    assert (later.code, later.json) == (code, ended.json)
    shown = cli("-o", "table", "get", ended.json["executionId"])
    assert shown.code == OK and status in shown.out
    if status == "FAILED":
        assert "Sold" in shown.out and "out of tea" in shown.out


def test_submit_takes_its_input_from_anywhere(cli):
    cli.apply("echo", pass_machine())
    cli.write("input.json", {"from": "file"})
    file = cli("submit", "echo", "--wait", "--input-file", "input.json")
    assert json.loads(file.json["output"]) == {"from": "file"}
    stdin = cli("submit", "echo", "--wait", "--input-file", "-", stdin='{"from": "stdin"}')
    assert json.loads(stdin.json["output"]) == {"from": "stdin"}
    cli.write("inline.json", pass_machine())
    inline = cli("submit", "-f", "inline.json", "--wait", "-i", "[1]")
    assert (inline.code, json.loads(inline.json["output"])) == (OK, [1])
    lines = "".join(json.dumps({"n": n}) + "\n" for n in range(20))
    many = cli("submit", "echo", "--input-lines", "-", "--wait", "-l", "batch=b1", stdin=lines)
    assert many.code == OK, many
    listed = cli("list", "--label", "batch=b1", "--all").json["executions"]
    assert len(listed) == 20
    assert {each["status"] for each in listed} == {"EXECUTION_STATUS_SUCCEEDED"}


def test_submit_is_refused(cli):
    cli.apply("echo", pass_machine())
    for arguments, tells in [(("submit", "not-there"), "not-there"),
                             (("submit", "echo", "--input", "{"), "JSON"),
                             (("submit", "echo@99"), "99")]:
        ended = cli(*arguments)
        assert (ended.code, ended.out) == (REFUSED, ""), ended
        assert tells in ended.error
    for arguments in [("submit", "echo", "--priority", "10"), ("sumbit", "echo"),
                      ("submit", "echo", "--colour")]:
        ended = cli(*arguments)
        assert (ended.code, ended.out) == (USAGE, "") and ended.error, ended


def test_submit_twice_with_one_request_id(cli):
    cli.apply("echo", pass_machine())
    first = cli("submit", "echo", "--request-id", "cli-once")
    second = cli("submit", "echo", "--request-id", "cli-once")
    assert first.json["executionId"] == second.json["executionId"]
    assert "before" in second.error
    other = cli("submit", "echo", "--request-id", "cli-once", "--input", '{"n": 2}')
    assert other.code == REFUSED


def test_wait_that_times_out_and_cancel(cli):
    cli.apply("sleep", wait_machine())
    waited = cli("submit", "sleep", "--id", "cli-sleeper", "--wait", "--timeout", "300ms")
    assert waited.code == WAIT_TIMED_OUT
    waiting = cli.start("wait", "cli-sleeper")
    try:
        cancelled = cli("cancel", "cli-sleeper", "--reason", "enough")
        assert cancelled.code == OK, cancelled
        out, _ = waiting.communicate(timeout=30)
    finally:
        waiting.kill()
        waiting.wait()
    assert waiting.returncode == CANCELLED
    assert json.loads(out)["error"]["cause"] == "enough"
    assert cli("get", "cli-sleeper").json["status"] == "EXECUTION_STATUS_CANCELLED"
    done = cli("submit", "-f", cli.write("p.json", pass_machine()), "--wait").json["executionId"]
    assert cli("cancel", done).code == REFUSED


def test_list_and_history(cli):
    name = cli.apply("pay", machine("Pay", Pay=task(RESOURCE, {"order_id.$": "$.id"})))
    ids = [cli("submit", name, "--wait", "-i", f'{{"id": "o{number}"}}').json["executionId"]
           for number in range(3)]
    listed = cli("list", "--workflow", name, "--status", "succeeded").json["executions"]
    assert [each["executionId"] for each in listed] == ids[::-1]
    page = cli("list", "--workflow", name, "-n", "2").json
    rest = cli("list", "--workflow", name, "-n", "2", "--page-token", page["nextPageToken"]).json
    assert [each["executionId"] for each in page["executions"] + rest["executions"]] == ids[::-1]
    table = cli("-o", "table", "list", "--workflow", name).out.splitlines()
    assert len(table) == 4 and ids[2] in table[1]
    events = cli("history", ids[0], "--all").json["events"]
    kinds = [event["type"] for event in events]
    assert kinds[0] == "ExecutionStarted" and kinds[-1] == "ExecutionSucceeded"
    assert "TaskSucceeded" in kinds
    newest = cli("history", ids[0], "--reverse", "--all").json["events"]
    assert newest == events[::-1]
    lines = cli("-o", "table", "history", ids[0]).out
    assert all(kind in lines for kind in kinds)
    text = cli("-o", "yaml", "get", ids[0]).out
    assert f"executionId: {ids[0]}" in text


def test_watch(cli):
    cli.apply("nap", machine("A", A={"Type": "Wait", "Seconds": 1, "Next": "B"}, B={"Type": "Pass",
                                                                                 "End": True}))
    watched = cli("-o", "table", "submit", "nap", "--watch")
    assert watched.code == OK, watched
    for text in ("WaitStateEntered", "PassStateExited", "SUCCEEDED"):
        assert text in watched.out, watched
    cli.apply("fail", FAIL)
    assert cli("submit", "fail", "--watch").code == FAILED


def test_not_there(cli):
    for verb in ("get", "history", "cancel", "wait", "watch"):
        ended = cli(verb, "not-there")
        assert (ended.code, ended.out) == (REFUSED, ""), ended
        assert "not-there" in ended.error


def test_services_and_budget(cli, world):
    names = [service["name"] for service in cli("services").json["services"]]
    assert names == ["activity", "http-invoke", "shop", "worker"]
    assert world.shop.address in cli("-o", "table", "services").out
    before = cli("services", "get", "shop").json
    changed = cli("budget", "set", "shop", "--rate", "500", "--burst", "20", "--etag",
                  before["etag"])
    assert changed.code == OK, changed
    assert changed.json["budget"]["ratePerSecond"] == 500
    assert cli("budget", "set", "shop", "--concurrency", "9").json["budget"] == {
        **changed.json["budget"], "maxConcurrency": 9}
    assert world.client.service("shop").budget.max_concurrency == 9
    stale = cli("budget", "set", "shop", "--rate", "1", "--etag", before["etag"])
    assert (stale.code, "changed" in stale.error) == (REFUSED, True), stale
    negative = cli("budget", "set", "shop", "--rate", "-1")
    assert (negative.code, "rate_per_second" in negative.error) == (REFUSED, True), negative
    assert cli("budget", "set", "not-there", "--rate", "1").code == REFUSED


def test_task(cli, world):
    cli.apply("held", machine("T", T=task("worker:cli", HeartbeatSeconds=60)))
    submitted = []

    def pull():
        submitted.append(cli("submit", "held").json["executionId"])
        return world.client.poll("cli").task_token

    token = pull()
    assert cli("task", "heartbeat", token).code == OK
    assert cli("task", "complete", token, "--output", '{"n":1}').code == OK
    assert cli("wait", submitted[-1]).json["output"] == '{"n":1}'
    again = cli("task", "complete", token)
    assert (again.code, "has ended" in again.error) == (REFUSED, True), again
    assert cli("task", "fail", pull(), "--error", "Sold", "--cause", "out of tea").code == OK
    failed = cli("wait", submitted[-1])
    assert (failed.code, failed.json["error"]) == (
        FAILED, {"error": "Sold", "cause": "out of tea"})
    assert cli("task", "complete", "nonsense").code == REFUSED
    assert cli("task", "complete", pull(), "--output", "{").code in (USAGE, REFUSED)


def test_info(cli):
    info = cli("info").json
    assert info["store"] == "rocksdb" and info["version"]


def test_no_server(tmp_path):
    ended = Cli(f"127.0.0.1:{free_port()}", tmp_path)("--call-timeout", "2s", "list")
    assert (ended.code, ended.out) == (UNAVAILABLE, "")
    assert "127.0.0.1" in ended.error


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(cli, shell):
    script = cli("completion", shell)
    assert script.code == OK and "submit" in script.out
    if shutil.which(shell):
        check = subprocess.run([shell, "-n"], input=script.out, capture_output=True, text=True,
                               timeout=30, check=False)
        assert (check.returncode, check.stderr) == (0, "")
    assert cli("completion", "tcsh").code == USAGE
