"""Is the process alive, and can it serve? For the container engine and the release gate."""

from __future__ import annotations

import tempfile

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from strongbox.accounts.database import has_tables
from strongbox.services import Services, services

blueprint = Blueprint("health", __name__)

ENOUGH_TO_WRITE = b"x" * 4096


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Answer: that is all liveness asks."""
    return {"status": "alive"}


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Answer 200 when the data can be read and written, else 503 with the reason."""
    reason = _obstacle(services())
    if reason:
        return {"status": "not ready", "reason": reason}, 503
    return {"status": "ready"}


def _obstacle(parts: Services) -> str | None:
    try:
        with tempfile.TemporaryFile(dir=parts.settings.data_dir) as probe:
            probe.write(ENOUGH_TO_WRITE)
    except OSError as problem:
        return f"The data folder cannot be written: {problem.strerror}."
    try:
        prepared = has_tables(parts.engine)
    except SQLAlchemyError:
        prepared = False
    return None if prepared else "accounts.db has no tables yet: run `flask db upgrade`."
