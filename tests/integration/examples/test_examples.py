# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""The examples, run with the programs that users have: segued, segue and segue-samples."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

SERVER_TESTS = pathlib.Path(__file__).resolve().parents[1] / "server"
sys.path.insert(0, str(SERVER_TESTS))
from support.segued import Segued  # noqa: E402

EXAMPLES = pathlib.Path(os.environ["EXAMPLES_DIR"])
SEGUE = os.environ["SEGUE"]
ENDPOINTS = ["web", "cart", "search", "slow-db", "mail", "cdn", "down-legacy", "auth", "slow-api",
             "billing"]


class Shop:
    """segue-samples and a server that calls it."""

    def __init__(self, folder, *flags):
        self.csv_dir = folder / "csv"
        self.csv_dir.mkdir()
        self.samples = subprocess.Popen(
            [os.environ["SEGUE_SAMPLES"], "--grpc-port", "0", "--http-port", "0", "--csv-dir",
             str(self.csv_dir), *flags], stdout=subprocess.PIPE, text=True)
        ports = json.loads(self.samples.stdout.readline())
        grpc = {"address": f"127.0.0.1:{ports['grpc_port']}"}
        http = {"base_url": f"http://127.0.0.1:{ports['http_port']}"}
        services = [{"name": name, "grpc": grpc} for name in ("inventory", "payment", "shipping")]
        services += [{"name": name, "http": http} for name in ("notification", "web")]
        self.server = Segued(folder / "server", services).start()

    def segue(self, *arguments):
        """The exit code and what it printed."""
        done = subprocess.run([SEGUE, "--address", self.server.address, "-o", "json", *arguments],
                              capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def run(self, workflow, data):
        code, out, error = self.segue("submit", workflow, "--wait", "--input", json.dumps(data))
        assert out, error
        return code, json.loads(out)

    def close(self):
        self.server.close()
        self.samples.terminate()
        self.samples.wait(30)
        self.samples.stdout.close()


@pytest.fixture(name="shop", scope="module")
def _shop(tmp_path_factory):
    it = Shop(tmp_path_factory.mktemp("examples"))
    for name in ("order", "health_check", "data_pipeline"):
        code, _, error = it.segue("apply", "-f", str(EXAMPLES / f"{name}.asl.yaml"))
        assert code == 0, error
    yield it
    it.close()


def order(**fields):
    return {"order_id": "t1", "customer": "Ada", "country": "DE", "card": "4000-0001",
            "total_cents": 1000, "lines": [{"sku": "tea", "quantity": 2},
                                           {"sku": "cup", "quantity": 1}], **fields}


def test_order_is_shipped(shop):
    code, execution = shop.run("order", order())
    assert (code, execution["status"]) == (0, "EXECUTION_STATUS_SUCCEEDED")
    assert json.loads(execution["output"]) == {"tracking_id": "road-t1"}


def test_large_order_rests_first(shop):
    code, execution = shop.run("order", order(order_id="t2", total_cents=500_000, country="US"))
    assert code == 0
    assert json.loads(execution["output"]) == {"tracking_id": "air-t2"}
    code, out, _ = shop.segue("history", execution["executionId"])
    assert code == 0 and '"CoolOff"' in out


def test_declined_card_gives_the_stock_back(shop):
    code, execution = shop.run("order", order(order_id="t3", card="4000-0000"))
    assert (code, execution["status"]) == (3, "EXECUTION_STATUS_FAILED")
    assert execution["error"]["error"] == "CardDeclined"
    assert "declined" in execution["error"]["cause"]


def test_sold_out(shop):
    lines = [{"sku": "tea", "quantity": 1}, {"sku": "rare-teapot", "quantity": 1}]
    code, execution = shop.run("order", order(order_id="t4", lines=lines))
    assert (code, execution["error"]["error"]) == (3, "OutOfStock")
    assert "rare-teapot is out of stock" in execution["error"]["cause"]


def test_health_check_appends_a_row_for_each_endpoint(shop):
    code, execution = shop.run("health_check", {"endpoints": ENDPOINTS, "file": "health.csv"})
    assert code == 0, execution
    rows = [line.split(",") for line in (shop.csv_dir / "health.csv").read_text().splitlines()]
    assert sorted(row[1] for row in rows) == sorted(ENDPOINTS)
    found = {row[1]: (row[2], float(row[3])) for row in rows}
    assert found["web"][0] == "200"
    assert found["down-legacy"][0] == "Http.StatusCode.503"
    assert found["slow-db"][1] >= 300


def test_data_pipeline_follows_all_pages(shop):
    code, execution = shop.run("data_pipeline", {"page": 1})
    assert code == 0, execution
    code, out, _ = shop.segue("history", execution["executionId"], "--all")
    assert code == 0
    events = json.loads(out)["events"]
    fetched = [e for e in events if e["type"] == "TaskStateEntered" and e["stateName"] == "Fetch"]
    assert len(fetched) == 3
