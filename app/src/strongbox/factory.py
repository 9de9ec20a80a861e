"""The application factory: settings in, a Flask application out."""

from __future__ import annotations

import logging.config
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from strongbox import api, bodies, cli, error_handlers, headers, health, logs, same_site, services, throttle, web
from strongbox.limits import limiter
from strongbox.native.peers import OnlyFrom
from strongbox.settings import HELD_HOSTS, Settings, settings_from_environment
from strongbox.vault import cipher
from strongbox.vault.store import utc_now


def create_app(settings: Settings | None = None, now: Callable[[], datetime] = utc_now) -> Flask:
    """Build the app. It writes nothing; what must be on disk is made by `strongbox.preparation`.

    Args:
        settings: what to run with; read from the environment where absent.
        now: the clock.

    Raises:
        ConfigurationError: the environment, a secret file or SQLCipher is not as it must be.
    """
    logging.config.dictConfig(logs.CONFIGURATION)
    settings = settings or settings_from_environment()
    built = services.build(settings, now)
    cipher.require_library()
    built.vaults.require_keys()
    app = Flask("strongbox", template_folder="web/templates", static_folder="web/static")
    app.config.update(_configuration(settings))
    services.install(app, built)
    hops = settings.proxy_hops
    behind_proxy = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)
    app.wsgi_app = OnlyFrom(settings.mode, behind_proxy)  # type: ignore[method-assign] # as Flask documents it
    for part in (logs, bodies, same_site, headers, error_handlers):
        part.install(app)
    CSRFProtect(app)
    limiter.init_app(app)
    app.register_blueprint(health.blueprint)
    for part in (web, api, cli):
        part.install(app)
    return app


def _configuration(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_keys[0].reveal(),
        "SECRET_KEY_FALLBACKS": [key.reveal() for key in settings.secret_keys[1:]],
        "TRUSTED_HOSTS": [*settings.trusted_hosts, *HELD_HOSTS] if settings.trusted_hosts else None,
        # The prefix makes browsers insist on HTTPS, this host and no other path.
        "SESSION_COOKIE_NAME": "__Host-session" if settings.https else "session",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
        "WTF_CSRF_SSL_STRICT": False,  # `same_site` looks at Origin, which browsers send more reliably than Referer
        "RATELIMIT_STORAGE_URI": f"{throttle.SCHEME}://{settings.data_dir / 'limits.db'}",
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
    }
