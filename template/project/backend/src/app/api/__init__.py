"""The REST API, documented at /api/docs/."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api
from flask_swagger_ui import get_swaggerui_blueprint

from app.api import command_line, health, reports, requests, tokens, users
from app.settings import TITLE

LARGEST_BODY_BYTES = 1 << 20
SECURITY_SCHEME = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def create_app(**settings: object) -> Flask:
    """Make the application; tests give settings of their own."""
    app = Flask("app")
    app.config.update(
        API_TITLE=TITLE,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        MAX_CONTENT_LENGTH=LARGEST_BODY_BYTES,
    )
    app.config.update(settings)
    requests.install(app)
    api = Api(app)
    api.spec.components.security_scheme("bearer", SECURITY_SCHEME)
    for blueprint in (tokens.blueprint, users.blueprint, reports.blueprint):
        api.register_blueprint(blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(command_line.blueprint)
    app.register_blueprint(get_swaggerui_blueprint("/api/docs", "/api/openapi.json"))
    return app
