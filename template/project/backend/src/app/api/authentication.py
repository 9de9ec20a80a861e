"""Who is asking: the bearer token of a request, and the groups of its user."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar, cast

from flask import g, request
from flask_smorest import Blueprint

from app.accounts import logins
from app.api.refusal import FORBIDDEN, UNAUTHORIZED, refuse
from app.database import session
from app.models import Login, User

View = TypeVar("View", bound=Callable[..., object])


def needs_login(view: View) -> View:
    """Let in who has an access token that counts."""
    return _guarded(view, "")


def needs_group(name: str) -> Callable[[View], View]:
    """Let in who is a member of a group."""
    return lambda view: _guarded(view, name)


def current_login() -> Login:
    """Return the login of this request; only in views that need one."""
    return cast("Login", g.login)


def current_user() -> User:
    """Return who is asking."""
    return current_login().user


def _guarded(view: View, group: str) -> View:
    @functools.wraps(view)
    def checked(*args: object, **kwargs: object) -> object:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            with session() as opened:
                g.login = logins.holder(opened, token if kind.lower() == "bearer" else "")
        except logins.RefusedError:
            refuse(UNAUTHORIZED, "Log in first.", WWW_Authenticate="Bearer")
        if group and group not in {one.name for one in current_user().groups}:
            refuse(FORBIDDEN, f"This is for members of {group}.")
        return view(*args, **kwargs)

    return cast("View", Blueprint.doc(security=[{"bearer": []}])(checked))
