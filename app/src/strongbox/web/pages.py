"""The front page."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def front() -> ResponseReturnValue:
    """Show what Strongbox is."""
    return render_template("front.html")
