"""Swagger UI, served from here: no other host is asked for anything."""

from __future__ import annotations

from importlib.resources import files

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

blueprint = Blueprint(
    "swagger",
    __name__,
    url_prefix="/api/v1/docs",
    static_folder=str(files("flask_swagger_ui") / "dist"),
    static_url_path="/files",
)


@blueprint.get("")
def page() -> ResponseReturnValue:
    """Show the documentation, to read and to try."""
    return render_template("api_docs.html")
