"""How often one may try."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request
from flask_limiter import Limiter

from strongbox.services import services
from strongbox.throttle import visitor_network

FAILURES = frozenset({HTTPStatus.UNAUTHORIZED})

limiter = Limiter(key_func=visitor_network, strategy="fixed-window", headers_enabled=False)


def account_and_network() -> str:
    """Return whom to count for a login: the pair, so that an attacker elsewhere can't lock the owner out."""
    given = request.get_json(silent=True) if request.is_json else request.form
    name = given.get("name") if isinstance(given, dict) else None
    return f"{str(name).casefold()[:100]}@{visitor_network()}"


def was_refused(response: Response) -> bool:
    """Tell whether an attempt counts: only wrong passwords do."""
    return response.status_code in FAILURES


login_by_account = limiter.shared_limit(
    "5 per 15 minutes", "login-account", key_func=account_and_network, deduct_when=was_refused
)
"""Page and API share it."""

login_by_network = limiter.shared_limit("30 per 15 minutes", "login-network", deduct_when=was_refused)

password_again = limiter.shared_limit("10 per 15 minutes", "password-again", deduct_when=was_refused)
"""Asking for the password again before something grave is not a way to guess it."""

sign_ups = limiter.shared_limit(lambda: f"{services().settings.sign_ups_per_hour} per hour", "sign-up")
"""Every attempt counts, so that nobody asks for names without an end."""

generating = limiter.shared_limit("120 per minute", "generate")
