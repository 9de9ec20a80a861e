"""Who may use the API, and where they are logged in."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base

members = Table(
    "members",
    Base.metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("group_id", ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
)


class Group(Base):
    """Gives its users rights."""

    __tablename__ = "groups"

    name: Mapped[str] = mapped_column(String(50), unique=True)


class User(Base):
    """A person. The address is kept in lower case."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    groups: Mapped[list[Group]] = relationship(secondary=members, lazy="selectin", order_by=Group.name)


class Login(Base):
    """A person on one device, from the password to the log-out.

    Only the hash of the refresh token that counts is kept, and of the one before it: whoever comes with that one again
    has a copy, and the whole login ends.
    """

    __tablename__ = "logins"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    last_token_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    expires_at: Mapped[datetime]
    user: Mapped[User] = relationship(lazy="joined")
