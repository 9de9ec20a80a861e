"""Somebody outside hears of a run; a run is no worse where nobody does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.backup import state
from ansible_collections.slipway.kit.plugins.module_utils.backup.restic import Restic

from .conftest import Host


@pytest.fixture
def heard() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield a URL, and what arrives there: path and body."""
    found: list[tuple[str, str]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            found.append((self.path, body))
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/token", found
    server.shutdown()
    server.server_close()
    thread.join()


def test_start_and_success_are_heard(host: Host, heard: tuple[str, list[tuple[str, str]]]) -> None:
    url, found = heard
    host.config = replace(host.config, pings={"backup": url})
    assert host.back_up() == 0
    assert found == [("/token/start", ""), ("/token", "")]


def test_a_failure_is_heard_with_its_reason(
    host: Host, heard: tuple[str, list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, found = heard
    host.config = replace(host.config, pings={"backup": url})
    monkeypatch.setattr(Restic, "back_up", lambda *_: "f" * 64)
    assert host.back_up() == 1
    assert [path for path, _ in found] == ["/token/start", "/token/fail"]
    assert found[1][1].startswith("tiny: the store does not have the snapshot")


def test_a_good_run_is_good_without_a_listener(host: Host) -> None:
    host.config = replace(host.config, pings={"backup": "http://127.0.0.1:9/token"})
    assert host.back_up() == 0
    assert "warning: the ping of success was not heard" in host.said[-1]
    assert state.read(host.config.places.state)["backup"]["ok"] is True
