"""Tables of accounts.db."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from sqlalchemy import DateTime, ForeignKey, String, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAME_LENGTH = 64
HASH_LENGTH = 64
"""SHA-256 in hexadecimal."""


class Moment(TypeDecorator[datetime]):
    """A time in UTC, whatever the database keeps of its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back that SQLite forgets."""
        _ = dialect
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Of all tables."""


class User(Base):
    """An account. Its vault has the same id."""

    __tablename__ = "users"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(Moment)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)


class Session(Base):
    """Somebody is logged in: in a browser, or with API tokens. Deleting the row logs them out at once.

    Attributes:
        id: SHA-256 of the random id that the browser or token holds; a thief of this file can't log in with it.
        refresh_id: SHA-256 of the one refresh token that is still good; none in a browser.
    """

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(HASH_LENGTH), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    refresh_id: Mapped[str | None] = mapped_column(String(HASH_LENGTH))
