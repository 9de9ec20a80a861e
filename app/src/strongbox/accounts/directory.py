"""Accounts: open one, prove that it is yours, change its password, close it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from strongbox.accounts.models import Session, User
from strongbox.accounts.passwords import hash_password, is_outdated, is_right, require_strong
from strongbox.accounts.sessions import digest
from strongbox.exceptions import Conflict, NotFound, Refused
from strongbox.vault.store import VaultStore


@dataclass(frozen=True, slots=True)
class Account:
    """What an operator may see of an account."""

    id: uuid.UUID
    name: str
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Directory:
    """All accounts.

    Attributes:
        engine: of accounts.db.
        vaults: where each account has its vault.
        now: the clock.
    """

    engine: Engine
    vaults: VaultStore
    now: Callable[[], datetime]

    def sign_up(self, name: str, password: str) -> Account:
        """Open an account with an empty vault. The vault comes first: an account never lacks one.

        Raises:
            Conflict: the name is taken.
            Invalid: the password can be guessed.
        """
        name = name.casefold()
        if self._find(name) is not None:
            raise _taken()
        require_strong(password, "password", name)
        user = User(id=uuid.uuid4(), name=name, password_hash=hash_password(password), created_at=self.now())
        account = _account(user)
        self.vaults.create(user.id)
        try:
            with Transaction(self.engine) as transaction, transaction.begin():
                transaction.add(user)
        except IntegrityError:
            self.vaults.destroy(account.id)
            raise _taken() from None
        return account

    def authenticate(self, name: str, password: str) -> Account:
        """Return the account of a name and its password. A weak old hash is made again.

        Raises:
            Refused: one of them is wrong, or the account is disabled; the message and the time don't tell which.
        """
        user = self._find(name.casefold())
        right = is_right(password, user.password_hash if user else None)
        if user is None or not right or user.disabled_at is not None:
            raise Refused("The name or the password is wrong.")
        if is_outdated(user.password_hash):
            self._set_hash(user.id, hash_password(password))
        return _account(user)

    def change_password(self, account_id: uuid.UUID, old: str, new: str, keep_session: str = "") -> None:
        """Set a new password and log the account out everywhere else, in one transaction.

        Raises:
            Refused: the old password is wrong.
            Invalid: the new one can be guessed.
        """
        user = self._require(account_id, old)
        require_strong(new, "new_password", user.name)
        self._set_hash(account_id, hash_password(new), keep_session)

    def require_password(self, account_id: uuid.UUID, password: str) -> None:
        """Make sure, before something grave, that it is still the owner who sits there.

        Raises:
            Refused: the password is wrong.
        """
        self._require(account_id, password)

    def disable(self, name: str) -> Account:
        """Lock an account and log it out everywhere; its data stays."""
        return self._set_disabled(name, self.now())

    def enable(self, name: str) -> Account:
        """Unlock an account."""
        return self._set_disabled(name, None)

    def close(self, name: str) -> None:
        """Delete an account with its vault. Stopped midway it is locked, and doing it again finishes it.

        Raises:
            NotFound: there is no such account.
            VaultBusy: the vault is in use for too long.
        """
        account = self.disable(name)
        self.vaults.destroy(account.id)
        with Transaction(self.engine) as transaction, transaction.begin():
            transaction.execute(delete(User).where(User.id == account.id))

    def accounts(self) -> Iterator[Account]:
        """Yield all accounts by name; nothing of what they keep."""
        with Transaction(self.engine) as transaction:
            for user in transaction.scalars(select(User).order_by(User.name).execution_options(yield_per=100)):
                yield _account(user)

    def named(self, name: str) -> Account:
        """Return an account.

        Raises:
            NotFound: there is no such account.
        """
        user = self._find(name.casefold())
        if user is None:
            raise NotFound(f"There is no account {name!r}; `flask user list` shows all.")
        return _account(user)

    def _find(self, name: str) -> User | None:
        with Transaction(self.engine) as transaction:
            return transaction.scalar(select(User).where(User.name == name))

    def _require(self, account_id: uuid.UUID, password: str) -> User:
        with Transaction(self.engine) as transaction:
            user = transaction.get(User, account_id)
        if not is_right(password, user.password_hash if user else None) or user is None:
            raise Refused("The password is wrong.")
        return user

    def _set_hash(self, account_id: uuid.UUID, new_hash: str, keep_session: str | None = None) -> None:
        with Transaction(self.engine) as transaction, transaction.begin():
            transaction.execute(update(User).where(User.id == account_id).values(password_hash=new_hash))
            if keep_session is not None:
                transaction.execute(
                    delete(Session).where(Session.user_id == account_id, Session.id != digest(keep_session))
                )

    def _set_disabled(self, name: str, moment: datetime | None) -> Account:
        account = self.named(name)
        with Transaction(self.engine) as transaction, transaction.begin():
            transaction.execute(update(User).where(User.id == account.id).values(disabled_at=moment))
            transaction.execute(delete(Session).where(Session.user_id == account.id))
        return account


def _account(user: User) -> Account:
    return Account(user.id, user.name, user.created_at, user.disabled_at)


def _taken() -> Conflict:
    return Conflict("This name is taken.")
