"""What a command in a container of the rig said is never lost."""

from __future__ import annotations

import socket
import struct
import threading
from pathlib import Path

import docker

from slipway.rig.container import output_of

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"


def frame(stream: int, text: str) -> bytes:
    """Return text as the engine sends it."""
    return struct.pack(">BxxxL", stream, len(text.encode())) + text.encode()


def engine(path: Path, answer: bytes) -> threading.Thread:
    """Start an engine that gives one answer, all of it in one packet, and hangs up."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        with server, server.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_output_that_arrives_together_with_the_headers_is_not_lost(tmp_path: Path) -> None:
    thread = engine(tmp_path / "engine", HEAD + frame(1, "out ") + frame(2, "mind\n") + frame(1, "of it: ü\n"))
    api = docker.APIClient(base_url=f"unix://{tmp_path}/engine", version="1.41")
    assert output_of(api, "run") == ("out of it: ü\n", "mind\n")
    thread.join(timeout=5)
