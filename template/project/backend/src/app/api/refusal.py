"""How a request is refused: a status and one sentence, as JSON."""

from __future__ import annotations

from typing import NoReturn

from flask_smorest import abort

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT = 401, 403, 404, 409


def refuse(status: int, message: str, **headers: str) -> NoReturn:
    """End the request with a status and a sentence; underscores in names of headers become dashes."""
    abort(status, message=message, headers={name.replace("_", "-"): value for name, value in headers.items()})
    raise AssertionError("abort raises")
