"""The smallest app: what is left is the cost of serving."""

from __future__ import annotations

from collections.abc import Callable, Iterable

BODY = b"Hello, world!\n"


def application(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer with a line of text."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))])
    return [BODY]
