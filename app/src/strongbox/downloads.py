"""Long answers in pieces. A slow visitor holds a thread of the server meanwhile, so not all threads may send one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import BoundedSemaphore

from flask import Response

from strongbox.exceptions import Busy

AT_ONCE = 2
"""Per worker: half of its threads."""

SENDING = BoundedSemaphore(AT_ONCE)


def download(make: Callable[[], Iterable[bytes]], kind: str, name: str) -> Response:
    """Answer with a file.

    Args:
        make: makes its content, which is sent as the visitor takes it. Its `close`, if it has one, is called at the
            end, whichever it is.
        kind: its media type.
        name: of the file, as the browser saves it.

    Raises:
        Busy: too many are being sent.
    """
    if not SENDING.acquire(blocking=False):
        raise Busy("Others are taking their records along just now. Try again in a moment.")
    try:
        response = Response(make(), content_type=kind)
    except BaseException:
        SENDING.release()
        raise
    response.call_on_close(SENDING.release)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
