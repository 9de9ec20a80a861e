"""Who sits in front of the browser.

Flask's signed cookie carries the session's random id; `accounts.sessions` decides whether it is still good. That
is why this is not Flask-Login: there, a copied cookie stays valid after a logout.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from strongbox.accounts.directory import Account
from strongbox.accounts.sessions import LoggedIn
from strongbox.services import services
from strongbox.throttle import visitor_network

SESSION_ID = "id"

P = ParamSpec("P")


def log_in(account: Account) -> None:
    """Start a session. Whatever the browser had before is thrown away, so it can't have been planted."""
    session.clear()
    session[SESSION_ID] = services().sessions.start(account.id)
    g.pop("logged_in", None)


def log_out() -> None:
    """End the session, here and on the server."""
    services().sessions.end(session.get(SESSION_ID, ""))
    session.clear()
    g.pop("logged_in", None)


def current_user() -> LoggedIn | None:
    """Return who is logged in, if anybody. Asked once per request."""
    if "logged_in" not in g:
        token = session.get(SESSION_ID)
        g.logged_in = services().sessions.find(token) if isinstance(token, str) else None
    found: LoggedIn | None = g.logged_in
    return found


def require_user() -> LoggedIn:
    """Return who is logged in; only behind `login_required`."""
    found = current_user()
    if found is None:
        raise RuntimeError("require_user() was called on a page that is open to everybody")
    return found


def account_or_network() -> str:
    """Return whom to count for what only those who are logged in may do."""
    found = current_user()
    return str(found.user_id) if found else visitor_network()


def login_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Send strangers to the login page, and afterwards back to the page they asked for."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if current_user() is None:
            target = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("account.login", next=target))
        return view(*args, **kwargs)

    return guarded


def local_path(target: str | None, otherwise: str) -> str:
    """Return a path on this site; one that leads elsewhere is replaced."""
    if (
        not target
        or not target.startswith("/")
        or target.startswith("//")
        or "\\" in target
        or not target.isprintable()
    ):
        return otherwise
    parts = urlsplit(target)
    return otherwise if parts.scheme or parts.netloc else target
