"""Containers as the engine sees them, asked over its socket: faster than starting its client."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

Tree = dict[str, object]

SOCKET = "/run/docker.sock"
TIMEOUT_S = 10


class _Engine(http.client.HTTPConnection):
    """HTTP over the engine's Unix socket."""

    def __init__(self) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)

    def connect(self) -> None:
        """Open the socket instead of a TCP connection."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(SOCKET)


def read() -> Tree:
    """Return the topic `containers`: `answers`, `engine` (version and settings) and `containers` (inspections)."""
    engine = ask("/info")
    listing = ask("/containers/json?all=1") if engine else []
    inspections = [ask(f"/containers/{one['Id']}/json") for one in listing or []]
    return {
        "answers": engine is not None,
        "engine": engine or {},
        "containers": [one for one in inspections if one],
    }


def ask(path: str) -> Any:
    """Return the engine's answer to GET `path`, or None where it has none."""
    engine = _Engine()
    try:
        engine.request("GET", path)
        answer = engine.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        engine.close()
    return json.loads(body) if answer.status == http.client.OK else None
