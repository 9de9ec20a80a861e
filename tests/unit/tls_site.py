"""A site with a certificate by an authority of its own, on a loopback port."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from slipway.rig.keys import certified


class Handler(BaseHTTPRequestHandler):
    """Answers every GET with release r7."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Release", "r7")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class TlsSite:
    """Runs while the context is open; `root` is the PEM file that vouches for it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.root = folder / "root.pem"
        chain = folder / "site.pem"
        listener, authority = certified(name)
        self.root.write_text(authority)
        chain.write_text(listener.public + listener.private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
