"""Caddy's socket and logs lie in Caddy's folder: whatever is there, a deploy goes on and ends."""

from __future__ import annotations

import contextlib
import os
import socketserver
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import front as fronts
from ansible_collections.slipway.kit.plugins.module_utils.release import gate
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.front import Front, requests_in
from ansible_collections.slipway.kit.plugins.module_utils.release.unix_http import ask_distrusted
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete

APP = App.parse(
    complete([{"name": "tiny", "domains": ["app.test"], "build": ".", "exposure": "public", "loopback_port": 21000}])[0]
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


@contextlib.contextmanager
def listening(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Says(socketserver.StreamRequestHandler):
    """Answers with a text, or with one byte after the other for ever."""

    answer = b""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.recv(4096)
            if self.answer:
                self.wfile.write(self.answer)
            else:
                self.wfile.write(HEAD % 10**9)
                for _ in range(1000):
                    self.wfile.write(b" ")
                    time.sleep(0.05)


def unix_server(path: Path, said: bytes) -> socketserver.BaseServer:
    handler = type("Handler", (Says,), {"answer": said})
    server = socketserver.ThreadingUnixStreamServer(str(path), handler)
    server.daemon_threads = True
    return server


def whole(body: bytes) -> bytes:
    return HEAD % len(body) + body


def test_what_caddy_says_is_counted(tmp_path: Path) -> None:
    body = b'[{"address": "127.0.0.1:21000", "num_requests": 3}, {"address": "127.0.0.1:21001", "num_requests": 5}]'
    with listening(unix_server(tmp_path / "admin.sock", whole(body))):
        assert Front(tmp_path / "admin.sock", tmp_path).requests_on(APP, "blue", APP.processes) == 3


def test_a_link_to_another_socket_is_not_followed(tmp_path: Path) -> None:
    with listening(unix_server(tmp_path / "engine.sock", whole(b"[]"))):
        (tmp_path / "admin.sock").symlink_to(tmp_path / "engine.sock")
        assert Front(tmp_path / "admin.sock", tmp_path).requests_on(APP, "blue", APP.processes) is None


@pytest.mark.parametrize("shape", [os.mkfifo, Path.touch, Path.mkdir], ids=["fifo", "file", "folder"])
def test_what_is_no_socket_is_not_asked(tmp_path: Path, shape: object) -> None:
    shape(tmp_path / "admin.sock")  # type: ignore[operator]
    assert Front(tmp_path / "admin.sock", tmp_path).requests_on(APP, "blue", APP.processes) is None


def test_of_an_answer_no_more_is_read_than_asked_for(tmp_path: Path) -> None:
    with (
        listening(unix_server(tmp_path / "admin.sock", b"")),
        pytest.raises(HTTPException, match="more than 10 bytes"),
    ):
        ask_distrusted(str(tmp_path / "admin.sock"), "/", longest_s=20, most_bytes=10)


def test_an_answer_without_end_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fronts, "ADMIN_S", 0.5)
    begun = time.monotonic()
    with listening(unix_server(tmp_path / "admin.sock", b"")):
        assert Front(tmp_path / "admin.sock", tmp_path).requests_on(APP, "blue", APP.processes) is None
        assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "body",
    [
        b"{}x",
        b"7",
        b'"text"',
        b'{"address": 1}',
        b"[1]",
        b"[null]",
        b'[{"num_requests": 1}]',
        b'[{"address": "a"}]',
        b'[{"address": "a", "num_requests": {}}]',
        b'[{"address": "a", "num_requests": Infinity}]',
        b'[{"address": "a", "num_requests": NaN}]',
        b'[{"address": "a", "num_requests": "many"}]',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_an_answer_that_makes_no_sense_counts_nothing(body: bytes) -> None:
    assert requests_in(body, "a") is None


@pytest.mark.parametrize("empty", [b"null", b"[]", b"{}", b'[{"address": "b", "num_requests": 1}]'])
def test_where_nothing_is_listed_no_request_is_on_its_way(empty: bytes) -> None:
    assert requests_in(empty, "a") == 0


def test_an_access_log_is_read_only_where_it_is_a_file(tmp_path: Path) -> None:
    front, log = Front(tmp_path / "admin.sock", tmp_path), tmp_path / "tiny.log"
    (tmp_path / "victim").write_text("one\ntwo\n")
    log.symlink_to(tmp_path / "victim")
    assert front.log_part(APP, 0, 100) == b""
    log.unlink()
    os.mkfifo(log)
    assert front.log_part(APP, 0, 100) == b""
    log.unlink()
    log.write_bytes(b"one\ntwo\n")
    assert front.log_part(APP, 4, 100) == b"two\n"
    assert front.log_part(APP, 0, 3) == b"one"


@pytest.fixture
def trickling() -> Iterator[int]:
    """Yield a port of loopback where an answer never ends."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Trickle)
    server.daemon_threads = True
    with listening(server):
        yield int(server.server_address[1])


def test_an_app_that_trickles_is_not_ready(trickling: int) -> None:
    begun = time.monotonic()
    assert gate.probe(APP, trickling, "/", timeout_s=0.5).status == 0
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("tls", [True, False])
def test_a_front_that_trickles_is_not_waited_for(tls: bool) -> None:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Trickle)
    server.daemon_threads = True
    begun = time.monotonic()
    with listening(server):
        front = Front(Path("/nowhere"), Path("/nowhere"), port=server.server_address[1], tls=tls)
        status, release, problem = front.release_seen(APP, "/", timeout_s=0.5)
        assert time.monotonic() - begun < 10
    assert (status, release) == (0, "")
    assert problem


class Trickle(socketserver.BaseRequestHandler):
    """Begins a TLS record or a header, and never ends it."""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            hello = self.request.recv(4096)
            begin = b"\x16\x03\x03\x40\x00" if hello.startswith(b"\x16") else b"HTTP/1.1 200 OK\r\nX: "
            self.request.sendall(begin)
            for _ in range(1000):
                self.request.sendall(b"x")
                time.sleep(0.05)
