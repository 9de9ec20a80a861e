"""flask-smorest's blueprint, which takes from a body what `strongbox.bodies` has read and proved to be JSON."""

from __future__ import annotations

from typing import Any

from flask import Request
from flask_smorest import Blueprint
from marshmallow import Schema, missing
from webargs.flaskparser import FlaskParser


class ParsedBody(FlaskParser):
    """Does not parse a second time: deeper in the stack, less deeply nested JSON would fail."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return what the body says; `missing` where there is none."""
        _ = schema
        return req.get_json() if req.get_data() else missing


class JsonBlueprint(Blueprint):  # type: ignore[misc] # flask-smorest has no types
    """A part of the API."""

    ARGUMENTS_PARSER = ParsedBody()
