"""Sign up, find, and put into groups."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import passwords
from app.models import Group, User

ADMIN = "admin"


class TakenError(Exception):
    """The e-mail address has an account."""


def sign_up(session: Session, email: str, password: str) -> User:
    """Make an account.

    Raises:
        TakenError: the address has one.
    """
    user = User(email=email.lower(), password_hash=passwords.hash_of(password), groups=[])
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise TakenError from error
    return user


def by_email(session: Session, email: str) -> User | None:
    """Return who has this address."""
    return session.scalar(select(User).where(User.email == email.lower()))


def grant(session: Session, user: User, name: str) -> None:
    """Put a user into a group; the group is made where there is none of this name."""
    group = session.scalar(select(Group).where(Group.name == name)) or Group(name=name)
    if group not in user.groups:
        user.groups.append(group)
