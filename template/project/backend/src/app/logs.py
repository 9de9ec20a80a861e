"""Structured logs: one JSON object per line, in UTC, without personal data, secrets, queries or bodies."""

from __future__ import annotations

import json
import logging
import logging.config
from contextvars import ContextVar
from datetime import UTC, datetime

LOGGER = logging.getLogger("app")
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered; empty outside of one."""


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
        if request_id := REQUEST_ID.get():
            line["request_id"] = request_id
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


CONFIGURATION = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "loggers": {
        "": {"level": "WARNING", "handlers": ["stdout"]},
        "app": {"level": "INFO", "handlers": ["stdout"], "propagate": False},
        "_granian": {"level": "INFO", "handlers": ["stdout"], "propagate": False},
    },
}
"""For `logging.config.dictConfig`, and for the server."""


def configure() -> None:
    """Write every log of this process so."""
    logging.config.dictConfig(CONFIGURATION)


def log(event: str, *, level: int = logging.INFO, error: bool = False, **fields: object) -> None:
    """Write an event.

    Args:
        event: what happened, as `job.done`.
        level: of `logging`.
        error: adds the traceback of the exception that is being handled.
        fields: ids, numbers and constants; nothing that a person typed.
    """
    LOGGER.log(level, event, extra={"fields": fields}, exc_info=error)
