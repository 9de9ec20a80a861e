"""The JSON API, and its live documentation at /api/v1/docs."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from strongbox.api import cors, passwords, records, tokens
from strongbox.api.docs import blueprint as docs

__all__ = ["install"]


class StrongboxApi(Api):  # type: ignore[misc] # flask-smorest has no types
    """flask-smorest's, but failures are answered by `strongbox.error_handlers` as everywhere."""

    def _register_error_handlers(self) -> None:
        return


def install(app: Flask) -> None:
    """Add the API."""
    app.config.update(
        API_TITLE="Strongbox",
        API_VERSION="1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": "Make passwords, and keep private records. All of it is what the pages use too."},
            "components": {
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            },
        },
    )
    api = StrongboxApi(app)
    for part in (passwords, tokens, records):
        api.register_blueprint(part.blueprint)
        app.extensions["csrf"].exempt(part.blueprint)  # bearer tokens only: a browser never sends them by itself
    app.register_blueprint(docs)
    cors.install(app)
