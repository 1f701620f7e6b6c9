# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""HTTP servers that workflows call, and that remember each request."""

import dataclasses
import http.server
import threading


@dataclasses.dataclass
class Hit:
    method: str
    path: str
    headers: dict
    body: bytes


class Answering(http.server.BaseHTTPRequestHandler):
    """Remembers each request, and answers what `answer` gives for it: a code, bytes and headers."""

    protocol_version = "HTTP/1.1"

    def answer(self, hit):
        raise NotImplementedError

    def read_hit(self):
        size = int(self.headers.get("Content-Length", 0))
        headers = {key.lower(): value for key, value in self.headers.items()}
        hit = Hit(self.command, self.path, headers, self.rfile.read(size))
        self.server.web.seen(hit)
        return hit

    def handle_any(self):
        code, body, headers = self.answer(self.read_hit())
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # a caller that does not want so much
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def log_message(self, *_):
        pass


class Web:
    """A server of its own thread; its handler finds it as `self.server.web`."""

    def __init__(self, handler):
        self.hits = []
        self.gone = 0
        self._changed = threading.Condition()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.web = self
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def seen(self, hit):
        with self._changed:
            self.hits.append(hit)
            self._changed.notify_all()

    def left(self):
        with self._changed:
            self.gone += 1
            self._changed.notify_all()

    def wait_until(self, condition, timeout=10):
        with self._changed:
            assert self._changed.wait_for(condition, timeout)

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
