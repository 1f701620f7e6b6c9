# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""The metrics, read by promtool and by a real Prometheus."""

import json
import re
import shutil
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import pytest
from support.client import machine, pass_machine, task
from support.segued import free_port
from support.shop import RESOURCE

PROMETHEUS = shutil.which("prometheus")
PROMTOOL = shutil.which("promtool")


@pytest.fixture(scope="module")
def used(world):
    """A server that has done a little of everything."""
    for number in range(5):
        world.client.run(pass_machine())
        world.client.run(machine("Pay", Pay=task(RESOURCE, {"order_id": f"{number}"})))
    bad = task(RESOURCE, {"order_id": "bad", "fail_code": "ABORTED", "fail_times": 1})
    world.client.run(machine("Pay", Pay=bad))
    crowd(world)
    return world


def crowd(world):
    """Two tasks for one slot: one of them waits in the queue."""
    world.client.budget("shop", mask="max_concurrency", max_concurrency=1)
    pay = task(RESOURCE, {"order_id": "crowd", "delay_ms": 100})
    both = {"Type": "Parallel", "Branches": [machine("One", One=pay), machine("Two", Two=pay)],
            "End": True}
    world.client.run(machine("Both", Both=both))


def test_promtool_is_silent(used):
    assert PROMTOOL, "no promtool: apt-get install prometheus"
    lines = [line for line in used.server.metrics().splitlines(keepends=True)
             if line.split()[2 if line.startswith("#") else 0].startswith("segue_")]
    assert lines
    check = subprocess.run([PROMTOOL, "check", "metrics"], input="".join(lines), text=True,
                           capture_output=True, timeout=30, check=False)
    assert (check.stdout + check.stderr, check.returncode) == ("", 0)


@pytest.mark.parametrize("name", [
    "segue_executions_started_total", "segue_executions_closed_total", "segue_executions_open",
    "segue_execution_duration_seconds_count", "segue_attempts_total",
    "segue_attempt_duration_seconds_count", "segue_service_queue_depth",
    "segue_service_queue_wait_seconds_count", "segue_service_slots_in_use",
    "segue_service_rate_limit", "segue_commit_latency_seconds_count",
    "segue_commit_batch_executions_count", "segue_grpc_server_handled_total",
    "segue_recovery_duration_seconds", "segue_build_info"])
def test_there_is(used, name):
    names = {re.split(r"[ {]", line)[0] for line in used.server.metrics().splitlines()}
    assert name in names


class Prometheus:
    """A real one that scrapes that server each second."""

    def __init__(self, folder, target):
        self.url = f"http://127.0.0.1:{free_port()}"
        config = {"global": {"scrape_interval": "1s"},
                  "scrape_configs": [{"job_name": "segue",
                                      "static_configs": [{"targets": [target]}]}]}
        (folder / "prometheus.yml").write_text(json.dumps(config))
        self._process = subprocess.Popen(
            [PROMETHEUS, f"--config.file={folder}/prometheus.yml",
             f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address={self.url.removeprefix('http://')}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def query(self, text, timeout=30):
        """The samples of an instant query, as soon as there are any: there is no event for it."""
        url = f"{self.url}/api/v1/query?query={urllib.parse.quote(text)}"
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "prometheus ended"
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    result = json.load(answer)["data"]["result"]
                if result:
                    return {tuple(sorted(sample["metric"].items())): float(sample["value"][1])
                            for sample in result}
            except OSError:
                pass
            threading.Event().wait(0.1)
        raise AssertionError(f"Prometheus has nothing for {text}")

    def close(self):
        self._process.terminate()
        self._process.wait(30)


@pytest.fixture
def prometheus(used, tmp_path):
    assert PROMETHEUS, "no prometheus: apt-get install prometheus"
    it = Prometheus(tmp_path, f"127.0.0.1:{used.server.metrics_port}")
    yield it
    it.close()


def test_prometheus_scrapes_the_server(prometheus):
    started = prometheus.query("sum(segue_executions_started_total)")
    assert sum(started.values()) == 12
    closed = prometheus.query('sum by (status) (segue_executions_closed_total)')
    by_status = {dict(labels).get("status", "").lower(): value for labels, value in closed.items()}
    assert sum(by_status.values()) == 12
    assert by_status["succeeded"] == 11 and by_status["failed"] == 1
    attempts = prometheus.query('sum(segue_attempts_total{service="shop"})')
    assert sum(attempts.values()) == 8
    assert sum(prometheus.query('up{job="segue"}').values()) == 1
