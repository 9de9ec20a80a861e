"""Who is logged in. The server remembers, so it can also forget: a copied cookie is worth nothing after a logout."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session as Transaction

from strongbox.accounts.models import Session, User

TOKEN_BYTES = 32

NOTE_EVERY = timedelta(minutes=1)
"""How precisely `seen_at` is kept: reading a page should not cost a write."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """An account that is allowed in, and the session that lets it in."""

    user_id: uuid.UUID
    name: str
    session_id: str


@dataclass(frozen=True, slots=True)
class Open:
    """A session as its owner sees it: nothing that lets anybody in.

    Attributes:
        by_program: whether it is that of API tokens, not of a browser.
        is_this: whether it is the one that asks.
    """

    created_at: datetime
    seen_at: datetime
    by_program: bool
    is_this: bool


@dataclass(frozen=True, slots=True)
class Sessions:
    """All sessions.

    Attributes:
        engine: of accounts.db.
        now: the clock.
        idle: a session ends when it was not used for so long,
        absolute: and in any case after so long.
    """

    engine: Engine
    now: Callable[[], datetime]
    idle: timedelta
    absolute: timedelta

    def start(self, user_id: uuid.UUID, refresh_token: str | None = None) -> str:
        """Log an account in; return the new random id for its browser or token. Old sessions are cleaned up."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = self.now()
        with Transaction(self.engine) as transaction, transaction.begin():
            transaction.execute(delete(Session).where(self._is_over(now)))
            transaction.add(
                Session(
                    id=digest(token),
                    user_id=user_id,
                    created_at=now,
                    seen_at=now,
                    refresh_id=digest(refresh_token) if refresh_token else None,
                )
            )
        return token

    def find(self, token: str) -> LoggedIn | None:
        """Return who holds this id, unless the session is over or the account disabled."""
        now = self.now()
        with Transaction(self.engine) as transaction:
            row = transaction.execute(
                select(User.id, User.name, Session.seen_at)
                .join(User)
                .where(Session.id == digest(token), User.disabled_at.is_(None), ~self._is_over(now))
            ).first()
        if row is None:
            return None
        if now - row.seen_at > NOTE_EVERY:
            self._note(token, now)
        return LoggedIn(row.id, row.name, token)

    def end(self, token: str) -> None:
        """Log one session out."""
        with Transaction(self.engine) as transaction, transaction.begin():
            transaction.execute(delete(Session).where(Session.id == digest(token)))

    def of(self, user_id: uuid.UUID, token: str, limit: int) -> tuple[list[Open], int]:
        """Return an account's sessions, the last used first, and how many there are.

        Args:
            user_id: whose.
            token: of the session that asks.
            limit: return at most so many.
        """
        mine = (Session.user_id == user_id, ~self._is_over(self.now()))
        with Transaction(self.engine) as transaction:
            total = transaction.scalar(select(func.count()).select_from(Session).where(*mine)) or 0
            rows = transaction.scalars(select(Session).where(*mine).order_by(Session.seen_at.desc()).limit(limit))
            found = [
                Open(row.created_at, row.seen_at, row.refresh_id is not None, row.id == digest(token)) for row in rows
            ]
        return found, total

    def end_others(self, user_id: uuid.UUID, token: str) -> int:
        """Log an account out everywhere but in one session; return in how many places that was."""
        with Transaction(self.engine) as transaction, transaction.begin():
            ended = transaction.execute(
                delete(Session).where(Session.user_id == user_id, Session.id != digest(token)).returning(Session.id)
            )
            return len(ended.all())

    def exchange(self, token: str, old_refresh_token: str, new_refresh_token: str) -> bool:
        """Replace the refresh token of a session, once.

        A token that was exchanged already is in two hands: the session ends at once for both.

        Returns:
            Whether the old one was good.
        """
        with Transaction(self.engine) as transaction, transaction.begin():
            changed = transaction.execute(
                update(Session)
                .where(Session.id == digest(token), Session.refresh_id == digest(old_refresh_token))
                .values(refresh_id=digest(new_refresh_token), seen_at=self.now())
                .returning(Session.id)
            ).first()
            if changed:
                return True
            transaction.execute(delete(Session).where(Session.id == digest(token)))
        return False

    def _note(self, token: str, now: datetime) -> None:
        """Remember that a session was used; a full disk is not a reason to refuse a reader."""
        try:
            with Transaction(self.engine) as transaction, transaction.begin():
                transaction.execute(update(Session).where(Session.id == digest(token)).values(seen_at=now))
        except OperationalError:
            return

    def _is_over(self, now: datetime) -> ColumnElement[bool]:
        return (Session.seen_at < now - self.idle) | (Session.created_at < now - self.absolute)


def digest(token: str) -> str:
    """Return what is kept of a random id. It has 256 bits, so a plain hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()
