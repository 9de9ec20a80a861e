"""A slot's stand-in: answers each request with what it was asked, as JSON; the port is its argument."""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Slot(BaseHTTPRequestHandler):
    """/slow takes three seconds, /STATUS answers with that status, /strict sets a policy of its own."""

    protocol_version = "HTTP/1.1"
    server_version = "Stand-in"

    def answer(self) -> None:
        """Tell port, method, headers and size of the body."""
        received = len(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if self.path == "/slow":
            time.sleep(3)
        told = {"port": self.server.server_port, "method": self.command, "body": received, **dict(self.headers)}
        body = json.dumps(told).encode()
        number = self.path.strip("/")
        self.send_response(int(number) if number.isdigit() else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Release", "what the app claims")
        if self.path == "/strict":
            self.send_header("Content-Security-Policy", "default-src 'none'")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = do_PUT = answer  # noqa: N815 - names that the server looks for

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class Slots(ThreadingHTTPServer):
    """A server that bears a burst of connections."""

    request_queue_size = 1024
    daemon_threads = True


Slots(("127.0.0.1", int(sys.argv[1])), Slot).serve_forever()
