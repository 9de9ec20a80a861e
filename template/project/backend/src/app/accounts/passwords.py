"""Passwords: Argon2id with OWASP's smallest recommended cost, so that 20 logins at once take 400 MB and not 2 GB."""

from __future__ import annotations

import functools

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
SHORTEST, LONGEST = 12, 128
"""Characters of a password: NIST SP 800-63B asks for 8 at least and for no rules about which."""


def hash_of(password: str) -> str:
    """Return what is kept of a password."""
    return HASHER.hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Say whether it is the password; where nobody has one, after the same time."""
    try:
        HASHER.verify(kept or _nobodys(), password)
    except Argon2Error:
        return False
    return kept is not None


@functools.cache
def _nobodys() -> str:
    return HASHER.hash("nobody has this password")
