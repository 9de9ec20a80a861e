"""What a quick tunnel asks for and where its visitors come: the service that gives names, the public side."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from slipway.rig.keys import certified
from tests.e2e.tunnel.shown import listening

from .edge import Edge
from .namespace import Namespace

NAME = "quiet-river.trycloudflare.com"
PORT = 8100
TUNNEL_ID = "89abcdef-0123-4567-89ab-cdef01234567"
# The form of the answer: cmd/cloudflared/tunnel/quick_tunnel.go of cloudflared's source.
GIVEN = {
    "success": True,
    "result": {
        "id": TUNNEL_ID,
        "name": "",
        "hostname": NAME,
        "account_tag": "fedcba9876543210fedcba9876543210",
        "secret": base64.b64encode(b"a secret of 32 bytes for a night").decode(),
    },
    "errors": [],
}
# What its guard says to whoever asks too often, in place of any JSON.
TOO_MANY, TOO_MANY_TEXT = 429, b"error code: 1015"
NOT_CONNECTED = 530


class Service:
    """Gives everybody the same tunnel; `exhausted` refuses."""

    def __init__(self, namespace: Namespace, folder: Path, edge: Edge) -> None:
        self._namespace, self._folder, self._edge = namespace, folder, edge
        self.exhausted = False
        self.authority = folder / "public-ca.pem"

    @contextmanager
    def open(self) -> Iterator[None]:
        """Listen while the context is open."""
        server, authority = certified(NAME)
        self.authority.write_text(authority)
        (self._folder / "public.pem").write_text(server.public + server.private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "public.pem")
        with ExitStack() as stack:
            with self._namespace.entered():
                names = ThreadingHTTPServer(("127.0.0.1", PORT), self._names())
                public = ThreadingHTTPServer(("127.0.0.1", 443), self._public())
            public.socket = context.wrap_socket(public.socket, server_side=True)
            stack.enter_context(listening(names))
            stack.enter_context(listening(public))
            yield

    def _names(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Names(Quiet):
            def do_POST(self) -> None:
                if service.exhausted:
                    self.answer(TOO_MANY, TOO_MANY_TEXT)
                elif self.path == "/tunnel":
                    self.answer(200, json.dumps(GIVEN).encode())
                else:
                    self.answer(404, b"")

        return Names

    def _public(self) -> type[BaseHTTPRequestHandler]:
        edge = self._edge

        class Public(Quiet):
            def do_GET(self) -> None:
                try:
                    answer = edge.relay("GET", NAME, self.path, {"user-agent": self.headers["User-Agent"]})
                    self.answer(answer.status, answer.body)
                except ConnectionError:
                    self.answer(NOT_CONNECTED, b"error code: 1033")

        return Public


class Quiet(BaseHTTPRequestHandler):
    """Answers and writes no log."""

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
