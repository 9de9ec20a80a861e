"""Passwords of accounts: is one good enough, and is it the right one?"""

from __future__ import annotations

import base64
import secrets
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from strongbox.accounts.common_passwords import is_common
from strongbox.exceptions import Invalid

MIN_LENGTH, MAX_LENGTH = 15, 128
"""Characters. NIST SP 800-63B-4, section 3.1.1.2, asks for 15 where a password is all that guards an account."""

HASHER = PasswordHasher(memory_cost=47_104, time_cost=1, parallelism=1)
"""Argon2id with 46 MiB (OWASP ASVS 5.0, appendix C)."""

ONE_AT_A_TIME = BoundedSemaphore(1)
"""A worker hashes one password at a time, so that many logins at once can't use up its memory."""


def nobodys_hash(hasher: PasswordHasher) -> str:
    """Write a hash that no password is known for: its salt and digest are random. Checking it costs like any other."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (hasher.salt_len, hasher.hash_len)
    )
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


NOBODYS_HASH = nobodys_hash(HASHER)
"""Checked when there is no such account, so that the answer takes as long."""


def require_strong(password: str, field: str, *context: str) -> None:
    """Refuse a password that can be guessed. Nothing else is asked of it: no kinds of characters, no change by date.

    A length and a list of common passwords is what NIST SP 800-63B-4 asks for. An estimator of guesses says more, but
    its cost depends on what a stranger sends: seconds, for 72 characters chosen with care.

    Args:
        password: what was chosen.
        field: name of the input, for the message.
        context: words that an attacker would try first, as the account's name.

    Raises:
        Invalid: with the reason.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Invalid(field, f"A password has between {MIN_LENGTH} and {MAX_LENGTH} characters.")
    if is_common(password, "strongbox", *context):
        raise Invalid(
            field, "This password is too easy to guess: many people have one like it. Take a few unusual words."
        )


def hash_password(password: str) -> str:
    """Return what to keep of a password."""
    with ONE_AT_A_TIME:
        return HASHER.hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one that was kept; without an account it takes as long and is never right."""
    with ONE_AT_A_TIME:
        try:
            return HASHER.verify(kept or NOBODYS_HASH, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(kept)
