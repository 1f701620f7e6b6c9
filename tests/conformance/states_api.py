#!/usr/bin/env python3
# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""states_api.py SEGUED: holds the HTTP API of a server of its own to what was recorded from AWS.

Runs the recorded executions and API calls of SEGUE_CONFORMANCE_DIR with the runners that stand
beside them, and fails where fewer agree than FLOORS says. What README.md lists as a known
difference ("engine: `...`", "lambda: `...`", "trace: `...`") is reported, but does not count. Exits
with 77 (skipped) without the data.
"""

import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile

SKIPPED = 77
# The least share that must agree, known differences aside.
FLOORS = {
    "outcome_ok": 0.99,
    "types_ok": 0.98,
    "history_ok": 0.95,
    "responses_ok": 0.99,
}
# What each count is a share of.
WHOLES = {
    "outcome_ok": "cases",
    "types_ok": "with_history",
    "history_ok": "with_history",
    "responses_ok": "responses_checked",
}
HERE = pathlib.Path(__file__).parent


def known_differences(kind):
    """What README.md's tables list as KIND."""
    listed = re.findall(rf"^\| {kind}: `(.+?)`", (HERE / "README.md").read_text(), re.MULTILINE)
    return tuple(listed)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(binary, folder, lambda_port):
    """The server and its HTTP port, once it takes requests."""
    config = pathlib.Path(folder, "segue.yaml")
    config.write_text(f'lambda: {{endpoint: "http://127.0.0.1:{lambda_port}"}}\n')
    server = subprocess.Popen(
        [binary, "--config", str(config), "--grpc-address", "127.0.0.1:0",
         "--http-address", "127.0.0.1:0", "--metrics-address", "",
         "--data-dir", str(pathlib.Path(folder, "data"))],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        entry = json.loads(line)
        if entry["message"].startswith("serving the Step Functions API"):
            return server, entry["port"]
    raise RuntimeError(f"segued ended with {server.wait()}")


def run(script, port, *arguments):
    """What a runner found, a record for each case or trace."""
    with tempfile.NamedTemporaryFile("r") as out:
        subprocess.run(
            [sys.executable, "-B", script, "--endpoint", f"http://127.0.0.1:{port}",
             "--out", out.name, *arguments], check=True)
        return [json.loads(line) for line in out.read().splitlines()]


def without(records, name, kind):
    """The records whose NAME is not listed as KIND."""
    listed = known_differences(kind)
    return [record for record in records if not record[name].endswith(listed)]


def count_cases(records):
    with_history = [record for record in records if record["history"] is not None]
    return {"cases": len(records),
            "outcome_ok": sum(record["outcome"] for record in records),
            "with_history": len(with_history),
            "types_ok": sum(record["types"] for record in with_history),
            "history_ok": sum(record["history"] for record in with_history)}


def count_traces(records):
    return {"responses_checked": sum(record["checked"] for record in records),
            "responses_ok": sum(record["ok"] for record in records)}


def faults_of(title, counts):
    print(title, json.dumps(counts))
    for count, floor in FLOORS.items():
        if count in counts and counts[count] < floor * counts[WHOLES[count]]:
            yield (f"{title} {count}: {counts[count]} of {counts[WHOLES[count]]},"
                   f" less than {floor:.0%}")


def main(binary):
    data = os.environ.get("SEGUE_CONFORMANCE_DIR")
    if not data:
        print("SEGUE_CONFORMANCE_DIR is not set: skipped")
        return SKIPPED
    folder = pathlib.Path(data)
    lambda_port = free_port()
    with tempfile.TemporaryDirectory() as store:
        server, port = start(binary, store, lambda_port)
        try:
            cases = run(folder / "run_cases.py", port, "--requires", "none", "--show", "40")
            functions = run(HERE / "lambda_cases.py", port, "--requires", "lambda", "--show", "40",
                            "--cases", str(folder / "states_cases.jsonl"),
                            "--lambda-port", str(lambda_port))
            traces = run(folder / "run_traces.py", port, "--max-wait", "8", "--show", "40")
        finally:
            server.terminate()
            server.stderr.close()
            server.wait()
    faults = [
        *faults_of("engine", count_cases(without(cases, "case_id", "engine"))),
        *faults_of("lambda", count_cases(without(functions, "case_id", "lambda"))),
        *faults_of("traces", count_traces(without(traces, "test", "trace"))),
    ]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
