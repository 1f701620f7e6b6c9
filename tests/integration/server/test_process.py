# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""The process: what it is started with, what it refuses to start with, a changed file."""

import json
import os
import random
import socket
import subprocess

import pytest
from support.client import (CANCELLED, FAILED, RUNNING, SERVING, SUCCEEDED, Client, ad, machine,
                            pass_machine, refused, task, wait_machine)
from support.segued import BINARY, Segued

import grpc


def run(folder, *flags, environment=None):
    """The exit code and all that it said, of a server that ends at once."""
    given = {"--data-dir": str(folder / "data"), "--grpc-address": "127.0.0.1:0",
             "--http-address": "", "--metrics-address": ""}
    given.update(zip(flags[::2], flags[1::2]))
    flat = [part for pair in given.items() for part in pair if part is not None]
    ended = subprocess.run([BINARY, *flat], capture_output=True, text=True, timeout=30,
                           check=False, env={**os.environ, **(environment or {})})
    assert ended.returncode > 0, f"{ended.returncode}: it should have refused, and not crashed"
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("flags,tells", [
    (("--colour", "red"), ["--colour"]),
    (("leftover", None), ["leftover"]),
    (("--config", "/not/there.yaml"), ["--config", "/not/there.yaml"]),
    (("--grpc-address", "not-an-address"), ["not-an-address", "--grpc-address"]),
    (("--grpc-address", "127.0.0.1:99999"), ["127.0.0.1:99999", "--grpc-address"]),
    (("--metrics-address", "127.0.0.1:99999"), ["127.0.0.1:99999", "--metrics-address"]),
    (("--data-dir", "/proc/nothing"), ["/proc/nothing"]),
], ids=["unknown flag", "argument", "no such file", "no address", "port", "metrics port",
        "data dir that cannot be made"])
def test_bad_flag(tmp_path, flags, tells):
    said = run(tmp_path, *flags)
    for text in tells:
        assert text in said


def test_data_dir_that_is_a_file(tmp_path):
    (tmp_path / "data").write_text("")
    assert "is not a directory" in run(tmp_path)


def test_variable_that_is_not_set(tmp_path):
    (tmp_path / "it.yaml").write_text("store: {rocksdb: {dir: '${NOT_SET_ANYWHERE}'}}\n")
    said = run(tmp_path, "--config", str(tmp_path / "it.yaml"))
    assert "NOT_SET_ANYWHERE" in said and "store.rocksdb.dir" in said


def test_what_is_in_use(world, tmp_path):
    said = run(tmp_path, "--data-dir", str(world.server.folder / "data"))
    assert str(world.server.folder / "data") in said and "another process" in said, said
    assert world.server.address in run(tmp_path, "--grpc-address", world.server.address)
    taken = f"127.0.0.1:{world.server.metrics_port}"
    assert taken in run(tmp_path, "--metrics-address", taken)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        assert taken in run(tmp_path, "--grpc-address", taken)
    # What was refused has done the one that runs no harm.
    assert world.client.health() == SERVING
    assert world.client.run(pass_machine()).status == SUCCEEDED


def test_version_and_help():
    version = subprocess.run([BINARY, "--version"], capture_output=True, text=True, timeout=30,
                             check=True).stdout
    assert version.strip()
    text = subprocess.run([BINARY, "--help"], capture_output=True, text=True, timeout=30,
                          check=True).stdout
    for flag in ("--config", "--grpc-address", "--http-address", "--metrics-address", "--data-dir"):
        assert flag in text


def test_port_zero_is_said_in_the_log(tmp_path):
    server = Segued(tmp_path)
    server.grpc_port = server.metrics_port = 0
    server.start()
    (said,) = [entry for entry in server.log if entry["message"] == "serving gRPC"]
    client = Client(f"127.0.0.1:{said['port']}")
    assert client.health() == SERVING
    client.close()
    assert server.stop() == 0
    assert [entry["port"] for entry in server.log if entry["message"] == "serving metrics"] != [0]


def test_environment_in_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_HOST", "127.0.0.1:9")
    server = Segued(tmp_path, [{"name": "shop", "grpc": {"address": "${SHOP_HOST}"}}])
    client = Client(server.start().address)
    assert client.service("shop").address == "127.0.0.1:9"
    client.close()
    assert server.stop() == 0


def test_changed_file_is_taken_up(new_world):
    world = new_world(rate_per_second=50)
    client = world.client
    assert client.service("shop").budget.rate_per_second == 50
    other = {"name": "other", "grpc": {"address": world.shop.address}}
    world.server.write_config([world.shop.service(rate_per_second=70), other])
    world.server.wait_for_log("took up the changed configuration")
    assert client.service("shop").budget.rate_per_second == 70
    assert client.run(machine("A", A=task("grpc:other/segue.testing.shop.Shop/Charge",
                                          {"order_id": "1"}))).status == SUCCEEDED
    # A file with a fault changes nothing, and says so.
    world.server.write_config([world.shop.service(rate_per_second=90)], colour="red")
    entry = world.server.wait_for_log(
        "the changed configuration is refused; the one before stays in force")
    assert "colour" in entry["error"]
    assert client.service("shop").budget.rate_per_second == 70
    # A service that is gone: its tasks fail, and new definitions cannot name it.
    stored = client.store(machine("A", A=task("grpc:other/a.B/C", {})))
    before = len(world.server.log)
    world.server.write_config([world.shop.service(rate_per_second=70)])
    world.server.wait_for_log("took up the changed configuration", after=before)
    assert client.run(stored).status == FAILED
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as got:
        client.create("gone", machine("A", A=task("grpc:other/a.B/D", {})))
    assert "other" in got.refusal.text
    names = [each.name for each in client.admin.ListServices(ad.ListServicesRequest()).services]
    assert names == ["activity", "http-invoke", "shop", "worker"]


def test_what_needs_a_restart_is_named(new_world):
    world = new_world()
    world.server.write_config([world.shop.service(rate_per_second=70)],
                              retention={"closed_executions": "1h"},
                              limits={"max_definition_bytes": 1000})
    entry = world.server.wait_for_log("some of what was changed holds from the next start on")
    assert entry["settings"] == "retention, limits"
    assert world.client.service("shop").budget.rate_per_second == 70


def test_changed_budget_outlives_a_restart_but_not_a_change_of_the_file(new_world):
    world = new_world(rate_per_second=50)
    client = world.client
    client.budget("shop", mask="rate_per_second", rate_per_second=60)
    assert world.server.stop() == 0
    world.server.start()
    request = ad.GetServiceRequest(name="shop")
    kept = client.admin.GetService(request, timeout=10, wait_for_ready=True).service
    assert kept.budget.rate_per_second == 60
    world.server.write_config([world.shop.service(rate_per_second=70)])
    world.server.wait_for_log("took up the changed configuration")
    assert client.service("shop").budget.rate_per_second == 70


def test_memory_store(tmp_path):
    server = Segued(tmp_path, store={"memory": {}})
    client = Client(server.start().address)
    assert client.admin.GetServerInfo(ad.GetServerInfoRequest(), timeout=10).store == "memory"
    assert client.run(pass_machine(), {"n": 1}).status == SUCCEEDED
    client.close()
    assert server.stop() == 0
    assert not (tmp_path / "data").exists()


def check(server):
    """segued --check over its data: the exit code and what it says."""
    done = subprocess.run([BINARY, "--check", "--data-dir", str(server.folder / "data")],
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def doctor(server, *flags):
    """segue doctor, of the server that runs unless flags say otherwise."""
    return subprocess.run(
        [os.environ["SEGUE"], "--address", server.address, "doctor", *flags],
        env={**os.environ, "SEGUED": str(BINARY)}, capture_output=True, text=True, timeout=60,
        check=False)


def test_check_names_what_cannot_be_read(tmp_path):
    server = Segued(tmp_path)
    client = Client(server.start().address)
    client.run(pass_machine())
    asleep = client.submit(wait_machine()).execution_id
    code, said = check(server)
    assert code == 1 and "in use by another process" in said
    client.close()
    assert server.stop() == 0
    code, said = check(server)
    assert (code, said) == (0, "2 workflows, 2 executions (1 open), 6 history events: "
                               "all can be read\n")
    # Opening has written data files: the first block is damaged of those that hold its branch and
    # its history, by the name of its state.
    for path in (server.folder / "data" / "db").glob("*.sst"):
        data = bytearray(path.read_bytes())
        if b"Sleep" in data and b"StartAt" not in data:
            data[12] ^= 0x55
            path.write_bytes(data)
    code, said = check(server)
    assert code == 1 and "faults" in said, said
    by_doctor = doctor(server, "--data-dir", str(server.folder / "data"))
    assert (by_doctor.returncode, by_doctor.stdout) == (1, said)
    assert f"\nexecution {asleep}: " in "\n" + said, said


MARK = "by which its record is found"


def damage(server, text):
    """Flips a bit in each data file that holds this text, amid it."""
    damaged = 0
    for path in (server.folder / "data" / "db").glob("*.sst"):
        data = bytearray(path.read_bytes())
        at = data.find(text.encode())
        if at >= 0:
            data[at + len(text) // 2] ^= 1
            path.write_bytes(data)
            damaged += 1
    assert damaged, "no data file holds it as it is"


def test_a_server_starts_with_a_record_that_cannot_be_read(tmp_path):
    server = Segued(tmp_path)
    client = Client(server.start().address)
    waits = machine("T", T=task("worker:press"))
    stands = client.submit(waits, MARK).execution_id
    assert server.stop() == 0
    assert check(server)[0] == 0  # which moves it from the log to data files of its own
    server.start()
    goes_on = client.submit(waits).execution_id
    asleep = client.submit(wait_machine(3600)).execution_id
    assert server.stop() == 0
    damage(server, MARK)
    server.start()
    faults = json.loads(doctor(server).stdout)["storeFaults"]
    assert [fault["record"] for fault in faults] == [f"execution {stands}"], faults
    with refused(grpc.StatusCode.DATA_LOSS) as got:
        client.get(stands)
    assert stands in got.refusal.message
    # All others go on.
    client.complete(client.poll("press").task_token, "pressed")
    assert client.wait(goes_on).status == SUCCEEDED
    assert client.get(asleep).status == RUNNING
    assert client.cancel(asleep).status == CANCELLED
    assert client.run(pass_machine()).status == SUCCEEDED
    client.close()
    assert server.stop() == 0


def test_a_log_that_lost_its_end_is_refused_and_named(tmp_path):
    server = Segued(tmp_path)
    client = Client(server.start().address)
    client.run(pass_machine())
    client.close()
    server.kill()
    newest = max((server.folder / "data" / "db").glob("*.log"))
    whole = newest.read_bytes()
    newest.write_bytes(whole[:len(whole) // 2])
    code, said = check(server)
    assert code == 1 and "has lost what was acknowledged" in said, said
    assert "segued --accept-loss" in said and newest.name in said, said
    newest.write_bytes(whole)
    code, said = check(server)
    assert code == 0, said
