"""A stranger who spoils his own requests; runs in the rig's visitor with nothing but Python's library.

Usage: strangers.py '{"host": ..., "stop": ..., "seconds": ...}'. Sends bodies that can't be read, that end early, that
never end and that are reset, over HTTP/1.1 and HTTP/2, until the stop file appears; prints how many of each as JSON.
"""

from __future__ import annotations

import collections
import concurrent.futures
import json
import pathlib
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable

ROOT = "/etc/slipway/root.pem"
PAUSE_S = 0.1
PATIENCE_S = 15
# RFC 9113: the preface, the types of frames, the flags and an error code.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4
END_STREAM, END_HEADERS, CANCEL = 1, 4, 8
HEAD_OF_FRAME = 9


def connect(host: str, protocol: str) -> ssl.SSLSocket:
    """Open a connection with TLS that speaks one version of HTTP."""
    context = ssl.create_default_context(cafile=ROOT)
    context.set_alpn_protocols([protocol])
    connection = context.wrap_socket(socket.create_connection((host, 443), PATIENCE_S), server_hostname=host)
    connection.settimeout(PATIENCE_S)
    return connection


def answer(connection: ssl.SSLSocket) -> str:
    """Read what comes until the server closes or has answered; returns the first line of HTTP/1.1."""
    received = connection.recv(4096)
    return received.split(b"\r\n")[0].decode("latin-1")


def http_1(host: str, headers: bytes, body: bytes, *, leave: bool = False) -> str:
    """POST over HTTP/1.1; `leave`: close in the middle."""
    with connect(host, "http/1.1") as connection:
        connection.sendall(b"POST /form HTTP/1.1\r\nHost: " + host.encode() + b"\r\n" + headers + b"\r\n\r\n" + body)
        return "left" if leave else answer(connection)


def frame(kind: int, flags: int, payload: bytes, stream: int = 1) -> bytes:
    """Return a frame."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


RESET = frame(RST_STREAM, 0, struct.pack(">I", CANCEL))


def literal(index: int, value: str) -> bytes:
    """Return a header field whose name is in HPACK's static table (RFC 7541, appendix A)."""
    return bytes([0x40 | index, len(value)]) + value.encode()


def http_2(host: str, ending: bytes) -> str:
    """POST over HTTP/2 and spoil it."""
    return spoil_http_2(connect(host, "h2"), host, ending)


def spoil_http_2(connection: ssl.SSLSocket, host: str, ending: bytes) -> str:
    """POST three of thirty bytes, send `ending`, wait for an answer and close the connection."""
    post_https, path, authority, content_length = b"\x83\x87", 4, 1, 28
    fields = post_https + literal(path, "/200") + literal(authority, host) + literal(content_length, "30")
    with connection:
        connection.sendall(PREFACE + frame(SETTINGS, 0, b"", 0) + frame(HEADERS, END_HEADERS, fields))
        connection.sendall(frame(DATA, 0, b"abc") + ending)
        if ending == RESET:
            time.sleep(PAUSE_S)
            return "reset"
        while HEADERS not in kinds(received := connection.recv(4096)) and received:
            pass
        return "answered" if received else "closed"


def kinds(received: bytes) -> set[int]:
    """Return which frames were received."""
    found = set()
    while len(received) >= HEAD_OF_FRAME:
        found.add(received[3])
        received = received[HEAD_OF_FRAME + int.from_bytes(received[:3], "big") :]
    return found


def tricks(host: str) -> dict[str, Callable[[], str]]:
    """Return what a stranger can do, by name."""
    chunked, sized = b"Transfer-Encoding: chunked", b"Content-Length: 30"
    return {
        "bad chunk": lambda: http_1(host, chunked, b"ZZZ\r\n"),
        "bad second chunk": lambda: http_1(host, chunked, b"3\r\nabc\r\nZZ\r\n"),
        "body ends early": lambda: http_1(host, sized, b"abc", leave=True),
        "slow body": lambda: http_1(host, sized, b"abc"),
        "short body of HTTP/2": lambda: http_2(host, frame(DATA, END_STREAM, b"")),
        "reset of HTTP/2": lambda: http_2(host, RESET),
        "slow body of HTTP/2": lambda: http_2(host, b""),
    }


def keep_on(trick: Callable[[], str], stop: pathlib.Path, deadline: float) -> collections.Counter[str]:
    """Do one thing again and again; returns how often each came out of it."""
    seen: collections.Counter[str] = collections.Counter()
    while not stop.exists() and time.monotonic() < deadline:
        try:
            seen[trick()] += 1
        except OSError as error:
            seen[type(error).__name__] += 1
        time.sleep(PAUSE_S)
    return seen


def main() -> None:
    """Do everything at once until told to stop."""
    given = json.loads(sys.argv[1])
    stop, deadline = pathlib.Path(given["stop"]), time.monotonic() + float(given["seconds"])
    all_of_them = tricks(given["host"])
    with concurrent.futures.ThreadPoolExecutor(len(all_of_them)) as pool:
        running = {name: pool.submit(keep_on, trick, stop, deadline) for name, trick in all_of_them.items()}
        stop.with_suffix(".begun").touch()
    print(json.dumps({name: done.result() for name, done in running.items()}))


if __name__ == "__main__":
    main()
