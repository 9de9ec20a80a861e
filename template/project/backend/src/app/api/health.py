"""Is the process alive, and can it serve? Asked by the deploy and by Docker, not by visitors."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.database import session
from app.logs import log
from app.settings import RELEASE

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> dict[str, str]:
    """Answer."""
    return {"release": RELEASE}


@blueprint.get("/readyz")
def ready() -> tuple[dict[str, str], int]:
    """Answer 200 while the database does. The queue is not asked: without it requests are served, and jobs wait."""
    try:
        with session() as opened:
            opened.execute(text("SELECT 1"))
    except SQLAlchemyError:
        log("database.away", error=True)
        return {"database": "away"}, 503
    return {"database": "ready"}, 200
