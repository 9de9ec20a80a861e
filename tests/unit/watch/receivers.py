"""Receivers on loopback that keep what they get: one for HTTP, one for SMTP."""

from __future__ import annotations

import contextlib
import http.server
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Inbox:
    """What arrived: for HTTP path, headers and body, for SMTP the lines of a session. `answer` is what is said back."""

    port: int = 0
    answer: int = 200
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def web(inbox: Inbox) -> Iterator[Inbox]:
    """Answer every request with the inbox's status; a redirect leads back here."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            inbox.got.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(inbox.answer)
            self.send_header("Location", f"{inbox.url}/elsewhere")
            self.end_headers()
            self.wfile.write(b"\x1b[2Jtoken is bad" if inbox.answer != 200 else b"ok")

        do_GET = do_POST  # noqa: N815 - as http.server has it

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with served(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler), inbox):
        yield inbox


@contextlib.contextmanager
def mail(inbox: Inbox, *, refuses: str = "") -> Iterator[Inbox]:
    """Speak enough SMTP (RFC 5321) to take a message; `refuses` is the command that gets 550."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 test")
            content = False
            for raw in self.rfile:
                line = raw.decode().rstrip("\r\n")
                inbox.lines.append(line)
                if content:
                    content = line != "."
                    if not content:
                        self._say("250 taken")
                    continue
                word = line.split(" ")[0].upper().partition(":")[0]
                if refuses and word == refuses:
                    self._say("550 not \x1b[2Jyou")
                elif word == "DATA":
                    self._say("354 go on")
                    content = True
                elif word == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 ok")

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with served(server, inbox):
        yield inbox


@contextlib.contextmanager
def served(server: socketserver.TCPServer, inbox: Inbox) -> Iterator[None]:
    """Serve in a thread while the block runs."""
    inbox.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
