"""What can go wrong, as one tree of errors.

Every message says what is wrong, the value if it may be shown, and the way out. A message may reach the
visitor, so it never holds a secret or another person's data.
"""

from __future__ import annotations

from http import HTTPStatus

from click import ClickException


class StrongboxError(ClickException):
    """Base of all errors that Strongbox raises on purpose. One that ends a command is shown as its one sentence.

    Attributes:
        status: HTTP status of the answer when it ends a request.
        exit_code: of the process when it ends a command.
    """

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    exit_code = 1


class ConfigurationError(StrongboxError):
    """The app must not start like this; nothing was touched."""

    exit_code = 3


class Invalid(StrongboxError):
    """What was asked for can't be done as asked; nothing was changed.

    Attributes:
        field: name of the input that is wrong.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFound(StrongboxError):
    """There is no such thing, or it is not yours: the two can't be told apart."""

    status = HTTPStatus.NOT_FOUND


class Conflict(StrongboxError):
    """Somebody changed it in the meantime, or the name is taken."""

    status = HTTPStatus.CONFLICT


class VaultFull(Conflict):
    """The vault has reached its ceiling; nothing was changed."""


class Refused(StrongboxError):
    """Wrong password, or not allowed."""

    status = HTTPStatus.UNAUTHORIZED


class VaultBusy(StrongboxError):
    """The database is in use for longer than a request may wait."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class Busy(StrongboxError):
    """Too many do the same just now; nothing was done."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class VaultUnreadable(StrongboxError):
    """The database can't be opened: damaged, foreign, or its key can't be unwrapped. Nothing was changed."""


class VaultTooNew(StrongboxError):
    """The database was written by a newer release that this one can't read."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class RotationRefused(StrongboxError):
    """The key was not rotated; the database is intact under its old key. A later run tries again."""


class DiskFull(StrongboxError):
    """There is no room to write; nothing was changed."""

    status = HTTPStatus.INSUFFICIENT_STORAGE

    def __init__(self) -> None:
        super().__init__("The server's disk is full. Nothing was changed; reading still works. Try again later.")
