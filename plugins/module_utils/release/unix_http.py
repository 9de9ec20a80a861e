"""HTTP over a Unix socket: how Docker and Caddy's admin API are asked."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field


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
