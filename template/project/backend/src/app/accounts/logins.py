"""Logins: a short access token (JWT) for requests, and a refresh token that is changed with each use.

An access token names its login, and every request looks that login up: a log-out counts at once.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

import jwt
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts import passwords, users
from app.models import Login, now
from app.settings import secret

ACCESS_LIFE = timedelta(minutes=15)
LOGIN_LIFE = timedelta(days=30)
ALGORITHM = "HS256"
KEY = "jwt_key"


@dataclass(frozen=True)
class Tokens:
    """What a client gets; `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int = int(ACCESS_LIFE.total_seconds())


class RefusedError(Exception):
    """The password or the token does not count."""


def begin(session: Session, email: str, password: str) -> Tokens:
    """Log in.

    Raises:
        RefusedError: nobody has this address and password.
    """
    user = users.by_email(session, email)
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        raise RefusedError
    session.execute(delete(Login).where(Login.user_id == user.id, Login.expires_at < now()))
    token = secrets.token_urlsafe(32)
    login = Login(user_id=user.id, token_hash=_hash(token), expires_at=now() + LOGIN_LIFE)
    session.add(login)
    session.flush()
    return Tokens(_access(login), token)


def refresh(session: Session, token: str) -> Tokens | None:
    """Trade a refresh token for new tokens; None where it does not count.

    A token that was traded before ends the login: one of the two who had it is a thief. It returns and does not raise,
    so that the end is committed.
    """
    given = _hash(token)
    login = session.scalar(
        select(Login).where((Login.token_hash == given) | (Login.last_token_hash == given)).with_for_update(of=Login)
    )
    if login is None:
        return None
    if login.token_hash != given or login.expires_at < now():
        session.delete(login)
        return None
    fresh = secrets.token_urlsafe(32)
    login.last_token_hash, login.token_hash = login.token_hash, _hash(fresh)
    return Tokens(_access(login), fresh)


def end(session: Session, login_id: uuid.UUID) -> None:
    """Log out."""
    session.execute(delete(Login).where(Login.id == login_id))


def holder(session: Session, access_token: str) -> Login:
    """Return the login that an access token was given to.

    Raises:
        RefusedError: the token is not ours, is too old, or its login has ended.
    """
    try:
        claims = jwt.decode(
            access_token, secret(KEY), algorithms=[ALGORITHM], options={"require": ["exp", "sub", "sid"]}
        )
        login = session.get(Login, uuid.UUID(claims["sid"]))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise RefusedError from error
    if login is None or login.expires_at < now():
        raise RefusedError
    return login


def _access(login: Login) -> str:
    claims = {"sub": str(login.user_id), "sid": str(login.id), "iat": now(), "exp": now() + ACCESS_LIFE}
    return jwt.encode(claims, secret(KEY), ALGORITHM)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
