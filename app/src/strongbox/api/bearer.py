"""Tokens of API clients: JSON Web Tokens (RFC 7519), and a session behind them that can be ended at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar

import jwt
from flask import current_app, g, request

from strongbox.accounts.sessions import LoggedIn
from strongbox.exceptions import Refused
from strongbox.services import services

ALGORITHM = "HS256"
AUDIENCE = "strongbox-api"
Use = Literal["access", "refresh"]

P = ParamSpec("P")
R = TypeVar("R")


def issue(use: Use, session_id: str, token_id: str) -> str:
    """Sign a token.

    Args:
        use: what it is good for.
        session_id: the session that it belongs to.
        token_id: of a refresh token: the one that is still good.
    """
    parts = services()
    life = parts.settings.access_token_life if use == "access" else parts.settings.session_absolute
    now = parts.now()
    claims = {"aud": AUDIENCE, "use": use, "sid": session_id, "jti": token_id, "iat": now, "exp": now + life}
    return jwt.encode(claims, current_app.config["SECRET_KEY"], ALGORITHM)


def read(use: Use, token: str) -> dict[str, str]:
    """Return what a token says, if it is ours, in time and meant for this use.

    Raises:
        Refused: it is not.
    """
    for key in (current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]):
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                [ALGORITHM],
                audience=AUDIENCE,
                options={"require": ["exp", "sid", "jti", "use"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            continue
        if claims["use"] == use and claims["exp"] > services().now().timestamp():
            return claims
    raise Refused("The token is missing, out of date or not valid here.")


def authenticated(view: Callable[P, R]) -> Callable[P, R]:
    """Let in only those with an access token whose session is still good."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        claims = read("access", token if scheme.casefold() == "bearer" else "")
        found = services().sessions.find(claims["sid"])
        if found is None:
            raise Refused("The session of this token has ended: ask for a new one.")
        g.caller = found
        return view(*args, **kwargs)

    return guarded


def caller() -> LoggedIn:
    """Return whose token it is; only behind `authenticated`."""
    found: LoggedIn = g.caller
    return found


def new_id() -> str:
    """Return a random id."""
    return uuid.uuid4().hex
