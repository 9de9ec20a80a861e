"""A receiver of webhooks for hosts of the rig, a program of its own: each request becomes a line of JSON in a file.

Usage: python3 sink.py PORT FILE
"""

from __future__ import annotations

import http.server
import json
import sys
import time


class Handler(http.server.BaseHTTPRequestHandler):
    """Takes whatever comes."""

    def do_POST(self) -> None:
        """Write it down."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
        with open(sys.argv[2], "a") as file:  # noqa: PTH123 - as short as can be
            file.write(json.dumps({"at": time.time(), "path": self.path, "body": body}) + "\n")
        self.send_response(204)
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - as http.server has it

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
