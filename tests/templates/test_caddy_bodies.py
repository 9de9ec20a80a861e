"""What a real Caddy answers, and logs, when it is the client who spoils a request."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.release import strangers
from tests.templates.rendering import ROOT
from tests.templates.site import Site, app

NAME = "shop.example.com"
PATIENCE_S = 20
CHUNKED, SIZED = b"Transfer-Encoding: chunked", b"Content-Length: 30"


class App(BaseHTTPRequestHandler):
    """Answers each POST with the status that the path names, once the body is there."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Read the body, then answer."""
        if self.headers.get("Transfer-Encoding"):
            while int(self.rfile.readline() or b"0", 16):
                self.rfile.readline()
                self.rfile.readline()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(int(self.path[1:]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class Front:
    """A Caddy that serves one site on a socket of its own."""

    def __init__(self, site: Site) -> None:
        self.folder = site.folder

    def send(self, headers: bytes, body: bytes, *, leave: bool = False, path: bytes = b"/200") -> str:
        """POST over HTTP/1.1 and return the first line of the answer."""
        with self.connect("http/1.1") as connection:
            connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: " + NAME.encode() + b"\r\n" + headers)
            connection.sendall(b"\r\n\r\n" + body)
            return "left" if leave else connection.recv(4096).split(b"\r\n")[0].decode()

    def connect(self, protocol: str) -> ssl.SSLSocket:
        """Open a connection with TLS that speaks one version of HTTP."""
        plain = socket.socket(socket.AF_UNIX)
        try:
            plain.connect(str(self.folder / "secure"))
        except OSError:
            plain.close()
            raise
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols([protocol])
        connection = context.wrap_socket(plain, server_hostname=NAME)
        connection.settimeout(PATIENCE_S)
        return connection

    def logged(self) -> tuple[int, object]:
        """Return the status that the visitor got and that of the app, of the only request."""
        log, deadline = self.folder / "log/shop.log", time.monotonic() + PATIENCE_S
        while not (log.exists() and log.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        [line] = log.read_text().splitlines()
        entry = json.loads(line)
        return entry["status"], entry["upstream_status"]


@pytest.fixture
def front(rendered: Callable[..., Site], tmp_path: Path) -> Iterator[Front]:
    """Yield a Caddy in front of an app; bodies have one second."""
    server = on_an_even_port()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "live").mkdir()
    (tmp_path / "live/blue.release").write_text("r1")
    site = rendered(
        app(loopback_port=server.server_port),
        live=tmp_path / "live",
        pages_dir=str(ROOT / "caddy/pages"),
        caddy_read_body_timeout_seconds=1,
        caddy_global_options=["local_certs"],
    )
    caddyfile = site.folder / "Caddyfile"
    caddyfile.write_text(caddyfile.read_text().replace("unix//run/caddy/admin.sock|0600", "off"))
    with running(site):
        yield Front(site)
    server.shutdown()
    server.server_close()


def on_an_even_port() -> ThreadingHTTPServer:
    """Return the app's server, where a blue slot may be: the kernel never chooses an even one."""
    for port in range(20000, 30000, 2):
        with suppress(OSError):
            server = ThreadingHTTPServer(("127.0.0.1", port), App)
            server.daemon_threads = True
            return server
    raise AssertionError("no even port is free")


@contextmanager
def running(site: Site) -> Iterator[None]:
    """Let Caddy run until the block is over."""
    names = {"PLAIN_SOCKET": "plain", "SECURE_SOCKET": "secure", "QUIC_SOCKET": "quic"}
    sockets = {name: f"unix/{site.folder / path}" for name, path in names.items()}
    with (site.folder / "caddy.log").open("wb") as log:
        command = [str(site.caddy), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
        caddy = subprocess.Popen(command, cwd=site.folder, env={**site.environment, **sockets}, stderr=log)
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not serves(site) and caddy.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            yield
        finally:
            caddy.kill()
            caddy.wait()


def serves(site: Site) -> bool:
    """Tell whether it has a certificate to show."""
    try:
        Front(site).connect("http/1.1").close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (CHUNKED, b"ZZZ\r\n"),
        (CHUNKED, b"3\r\nabc\r\nZZ\r\n"),
        (CHUNKED, b"3\r\nabcde\r\n"),
        (CHUNKED, b"3\r\nabc\r\n0\r\nbad trailer\r\n\r\n"),
        (CHUNKED, b"\r\n"),
        (CHUNKED, b"11111111111111111\r\n"),
    ],
    ids=["bad size", "bad second size", "longer than its size", "bad trailer", "no size", "size beyond 64 bits"],
)
def test_a_body_that_cannot_be_read_is_the_clients_fault(front: Front, headers: bytes, body: bytes) -> None:
    assert front.send(headers, body) == "HTTP/1.1 400 Bad Request"
    assert front.logged() == (400, None)


# T-10
@pytest.mark.parametrize("rest", [b"", b"a" * 10], ids=["silent", "some of it"])
@pytest.mark.parametrize("headers", [SIZED, CHUNKED, b"Content-Length: 3000000"], ids=["sized", "chunked", "large"])
def test_a_body_that_does_not_come_in_time_gets_an_answer_in_time(front: Front, headers: bytes, rest: bytes) -> None:
    body = (b"20\r\n" if headers is CHUNKED else b"") + rest
    assert front.send(headers, body) == "HTTP/1.1 408 Request Timeout"
    assert front.logged() == (408, None)


# T-10
def test_a_body_over_http_2_that_does_not_come_in_time_gets_an_answer(front: Front) -> None:
    assert over_http_2(front, b"") == "answered"
    assert front.logged() == (408, None)


def test_a_body_over_http_2_that_is_shorter_than_it_said_is_the_clients_fault(front: Front) -> None:
    assert over_http_2(front, strangers.frame(strangers.DATA, strangers.END_STREAM, b"")) == "answered"
    assert front.logged() == (400, None)


@pytest.mark.parametrize("leave", ["closes", "resets"])
def test_a_client_that_leaves_is_no_error_of_the_app(front: Front, leave: str) -> None:
    if leave == "closes":
        front.send(SIZED, b"abc", leave=True)
    else:
        over_http_2(front, strangers.RESET)
    shown, answered = front.logged()
    assert answered is None
    assert shown < 500


@pytest.mark.parametrize("status", [200, 500, 502, 504])
def test_what_the_app_answers_is_passed_on_and_logged_as_its_own(front: Front, status: int) -> None:
    assert front.send(SIZED, b"a" * 30, path=f"/{status}".encode()).startswith(f"HTTP/1.1 {status} ")
    assert front.logged() == (status, status)


def over_http_2(front: Front, ending: bytes) -> str:
    """POST the beginning of a body over HTTP/2 and end it in some way."""
    return strangers.spoil_http_2(front.connect("h2"), NAME, ending)
