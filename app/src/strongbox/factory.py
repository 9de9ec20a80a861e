"""The application factory: settings in, a Flask application out."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from strongbox import headers, health
from strongbox.settings import Settings, settings_from_environment
from strongbox.web import pages


def create_app(settings: Settings | None = None) -> Flask:
    """Build the app. It touches no file before the first request.

    Args:
        settings: what to run with; read from the environment where absent.

    Raises:
        ConfigurationError: the environment or a secret file is not as it must be.
    """
    settings = settings or settings_from_environment()
    app = Flask("strongbox", template_folder="web/templates", static_folder="web/static")
    app.config.update(
        SECRET_KEY=settings.secret_keys[0].reveal(),
        SECRET_KEY_FALLBACKS=[key.reveal() for key in settings.secret_keys[1:]],
    )
    app.extensions["settings"] = settings
    hops = settings.proxy_hops
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    headers.install(app, settings)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(pages.blueprint)
    return app
