# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""The server as a process: started, killed, and started again over the same data."""

import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import threading
import urllib.request

BINARY = os.environ.get(
    "SEGUED", str(pathlib.Path(__file__).resolve().parents[4] / "build/release/bin/segued"))


def free_port():
    """A port below the ephemeral range, so that no connection takes it while the server is down."""
    while True:
        port = random.SystemRandom().randrange(12000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Segued:
    """One data folder and its server; `start` may be called again after `kill` and `terminate`."""

    def __init__(self, folder, services=(), **config):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.grpc_port = free_port()
        self.http_port = free_port()
        self.metrics_port = free_port()
        self.log = []
        self._logged = threading.Condition()
        self._process = None
        self._own_store = "store" in config
        self.write_config(services, **config)

    @property
    def address(self):
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def http_url(self):
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def pid(self):
        return self._process.pid

    def write_config(self, services, **config):
        # JSON is YAML. Renamed into place, so that no half of it is read.
        text = json.dumps({"services": list(services), **config}, indent=1)
        (self.folder / "config.new").write_text(text)
        (self.folder / "config.new").rename(self.folder / "config.yaml")

    def start(self, timeout=60):
        """Returns when the server takes calls."""
        self.spawn()
        if not self._ready.wait(timeout) or self._ended.is_set():
            self.close()
            raise RuntimeError("segued did not start:\n" + "\n".join(map(str, self.log[-20:])))
        return self

    def spawn(self):
        """Returns at once: it has yet to start."""
        assert self._process is None, "it runs already"
        store = [] if self._own_store else ["--data-dir", str(self.folder / "data")]
        self._process = subprocess.Popen(
            [BINARY, *store, "--grpc-address", self.address, "--http-address",
             f"127.0.0.1:{self.http_port}",
             "--metrics-address", f"127.0.0.1:{self.metrics_port}",
             "--config", str(self.folder / "config.yaml")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self._ready = threading.Event()
        self._ended = threading.Event()
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stderr, self._ready, self._ended), daemon=True)
        self._reader.start()

    def _read(self, stream, ready, ended):
        with stream:
            for line in stream:
                try:
                    entry = json.loads(line)
                except ValueError:
                    entry = {"level": "raw", "message": line.rstrip()}
                with self._logged:
                    self.log.append(entry)
                    self._logged.notify_all()
                if entry["message"] == "serving gRPC":
                    ready.set()
        ended.set()
        ready.set()

    def wait_for_log(self, message, after=0, timeout=30):
        """The first entry with that message behind the first `after`, once it is there."""
        def found():
            return [entry for entry in self.log[after:] if entry["message"] == message]
        with self._logged:
            assert self._logged.wait_for(found, timeout), f"it never said {message!r}"
            return found()[0]

    def metrics(self):
        """What Prometheus would read of it now."""
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read().decode()

    def is_serving(self):
        """It has said so, since it was started."""
        return self._ready.is_set()

    def running(self):
        return self._process is not None and self._process.poll() is None

    def kill(self):
        """SIGKILL, as a crash."""
        self._process.send_signal(signal.SIGKILL)
        return self.wait()

    def pause(self):
        """SIGSTOP: for the rest of the world it hangs."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def terminate(self):
        """SIGTERM; returns at once."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self, timeout=60):
        """The exit code, once it has ended."""
        code = self._process.wait(timeout)
        self._reader.join(timeout)
        self._process = None
        return code

    def stop(self, timeout=60):
        self.terminate()
        return self.wait(timeout)

    def close(self):
        """Ends it in any case; for the end of a test."""
        if self._process is not None:
            self._process.kill()
            self.wait()
