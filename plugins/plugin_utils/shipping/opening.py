"""The way to a host, opened while this machine still prepares what will go there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future


class Opening:
    """A connection that is being made by another thread.

    An SSH handshake is waiting (a quarter of a second next door, eight round trips anywhere), packing a module is work.
    """

    def __init__(self, connect: Callable[[], object]) -> None:
        self._end: Future[object] = Future()
        # A daemon: whatever fails here meanwhile need not wait for a host that does not answer.
        threading.Thread(target=self._run, args=(connect,), daemon=True).start()

    def wait(self) -> None:
        """Return when the connection is there.

        Raises:
            Exception: whatever `connect` raised.
        """
        self._end.result()

    def _run(self, connect: Callable[[], object]) -> None:
        try:
            self._end.set_result(connect())
        except Exception as error:  # raised again where it is waited for
            self._end.set_exception(error)
