"""Is the process alive, and can it serve? For the container engine and the release gate."""

from __future__ import annotations

import tempfile

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Answer: that is all liveness asks."""
    return {"status": "alive"}


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Answer 200 when the data folder can be written, else 503 with the reason."""
    try:
        with tempfile.TemporaryFile(dir=current_app.extensions["settings"].data_dir) as probe:
            probe.write(b"probe")
    except OSError as problem:
        return {"status": "not ready", "reason": f"The data folder cannot be written: {problem.strerror}."}, 503
    return {"status": "ready"}
