"""HTTP over a Unix socket: how Docker and Caddy's admin API are asked."""

from __future__ import annotations

import errno
import http.client
import os
import socket
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field

from .deadline import cut_after


@dataclass(frozen=True)
class Answer:
    """Status code, body and headers of one answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket file instead of a TCP port."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def ask(
    socket_path: str,
    method: str,
    path: str,
    *,
    body: object = None,
    headers: dict[str, str] | None = None,
    timeout_s: float = 60.0,
) -> Answer:
    """Send one request and read the whole answer.

    Args:
        socket_path: file of the Unix socket.
        method: HTTP method.
        path: absolute path with query.
        body: bytes or a binary file that is streamed.
        headers: extra headers; a streamed file needs its Content-Length or is sent chunked.
        timeout_s: longest silence, in seconds.

    Raises:
        OSError: nobody listens, or the silence was too long.
        http.client.HTTPException: what came back is not HTTP.
    """
    connection = _Connection(socket_path, timeout_s)
    try:
        connection.request(method, path, body=body, headers=headers or {})  # type: ignore[arg-type]
        response = connection.getresponse()
        return Answer(response.status, response.read(), dict(response.getheaders()))
    finally:
        connection.close()


def ask_distrusted(socket_path: str, path: str, *, longest_s: float, most_bytes: int) -> Answer:
    """Send one GET to a socket in a folder that another user may write, and believe nothing of it.

    Args:
        socket_path: file of the Unix socket; a link in its place is not followed.
        path: absolute path with query.
        longest_s: whole duration, in seconds, however slowly the answer comes.
        most_bytes: longest body.

    Raises:
        OSError: there is no socket, nobody listens, or it took too long.
        http.client.HTTPException: what came back is not HTTP, or too much.
    """
    connection = _Distrusted(socket_path, longest_s)
    try:
        connection.connect()
        with cut_after(longest_s, connection.sock):
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read(most_bytes + 1)
    finally:
        connection.close()
    if len(body) > most_bytes:
        raise http.client.HTTPException(f"more than {most_bytes} bytes from {socket_path}")
    return Answer(response.status, body, dict(response.getheaders()))


class _Distrusted(_Connection):
    """Connects to a socket itself, never to what a link in its place leads to."""

    def connect(self) -> None:
        """Open the socket's own inode and connect to that."""
        inode = os.open(self._path, os.O_PATH | os.O_NOFOLLOW)
        try:
            if not stat.S_ISSOCK(os.fstat(inode).st_mode):
                raise OSError(errno.ENOTSOCK, "is not a socket", self._path)
            self._path = f"/proc/self/fd/{inode}"
            super().connect()
        finally:
            os.close(inode)
