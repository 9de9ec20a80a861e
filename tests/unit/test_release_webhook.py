"""Telling others what was released."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.webhook import tell

LINE = {"app": "tiny", "action": "deploy", "result": "ok"}


class Listener(http.server.BaseHTTPRequestHandler):
    """Keeps what it is told."""

    heard: ClassVar[list[tuple[str, object]]] = []
    status = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.headers["Content-Type"], json.loads(body)))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    Listener.heard.clear()
    with http.server.HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()


def test_the_audit_line_is_told_as_json(url: str) -> None:
    assert tell(url, LINE) == "sent, 204"
    assert Listener.heard == [("application/json", LINE)]


def test_a_listener_that_refuses_is_told_of_and_fails_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Listener, "status", 500)
    assert tell(url, LINE).startswith("not sent: HTTP Error 500")


def test_nobody_listening_fails_nothing() -> None:
    assert tell("http://127.0.0.1:1/", LINE).startswith("not sent: ")


def test_another_scheme_is_not_opened() -> None:
    assert tell("file:///etc/passwd", LINE) == (
        "not sent: app_webhook must begin with https:// or http://, this is 'file:///etc/passwd'"
    )
