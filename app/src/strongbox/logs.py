"""Structured logs: one JSON object per line, in UTC, with the request's id, without personal data or secrets.

No address, no name, no query, no body: an account appears as its random id, a path as its route.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import uuid
from datetime import UTC, datetime

from flask import Flask, Response, g, has_request_context, request

LOGGER = logging.getLogger("strongbox")
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
"""What is taken over from the proxy's X-Request-Id; anything else is replaced."""


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if has_request_context() and "request_id" in g:
            line["request_id"] = g.request_id
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


CONFIGURATION = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "strongbox.logs.JsonLines"}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": sys.stdout, "formatter": "json"}},
    "loggers": {
        "": {"level": "WARNING", "handlers": ["stdout"]},
        "strongbox": {"level": "INFO", "handlers": ["stdout"], "propagate": False},
        "_granian": {"level": "INFO", "handlers": ["stdout"], "propagate": False},
    },
}
"""For `logging.config.dictConfig`, and for the server."""


def log(event: str, *, user: uuid.UUID | None = None, level: int = logging.INFO, **fields: object) -> None:
    """Write an event.

    Args:
        event: what happened, as `login.refused`.
        user: the account's id.
        level: of `logging`.
        fields: numbers and constants; nothing that a person typed.
    """
    if user is not None:
        fields["user"] = str(user)
    LOGGER.log(level, event, extra={"fields": fields})


def install(app: Flask) -> None:
    """Give every request an id and a line in the log."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        g.started = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        log(
            "request",
            method=request.method if request.method in {"GET", "HEAD", "POST", "PUT", "DELETE"} else "other",
            route=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            ms=round((time.perf_counter() - g.started) * 1000, 1),
        )
        return response
