"""An end to a conversation with somebody who is not trusted: a timeout of a socket is only about silence."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def cut_after(seconds: float, connection: socket.socket) -> Iterator[None]:
    """Shut a connected socket down when the block takes longer, however slowly the other side goes on talking.

    What is wrapped around the socket meanwhile (TLS, HTTP) sees the end of the stream, which HTTP may take for that of
    an answer.

    Raises:
        TimeoutError: the block took longer and did not fail.
    """
    twin = connection.dup()  # the wrapping takes the descriptor of the first away
    over = threading.Event()
    timer = threading.Timer(seconds, _shut, (twin, over))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        twin.close()
    if over.is_set():
        raise TimeoutError(f"no whole answer within {seconds:g} s")


def _shut(connection: socket.socket, over: threading.Event) -> None:
    over.set()
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
