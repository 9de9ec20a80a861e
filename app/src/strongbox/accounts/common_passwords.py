"""Passwords that are tried first: those that many people have, alone, repeated, or with something short around them."""

from __future__ import annotations

import string
from functools import cache
from importlib.resources import files

FEW_CHARACTERS = 5
"""Who types fewer different characters than this, in at least 15, repeats one or two of them."""

LEFT = 8
"""Characters beside the account's name: fewer are tried one by one (NIST SP 800-63B-4, section 3.1.1.2)."""

AROUND = string.digits + string.punctuation + string.whitespace
"""What people put before and behind a word to make it longer."""

LINES = (string.digits * 13, string.ascii_lowercase * 6, "1234567890qwertyuiopasdfghjklzxcvbnm" * 5)
"""Characters in an order that everybody knows, each longer than the longest password."""


def is_common(password: str, *context: str) -> bool:
    """Tell whether a password is one of those that are tried first.

    It does not look for words inside: one that is part of something longer does no harm, says NIST, and so the cost is
    bounded by the length, whatever the characters are.

    Args:
        password: at most some hundred characters.
        context: words that an attacker adds to the list, as the account's name.
    """
    text = "".join(password.casefold().split())
    if len(set(text)) < FEW_CHARACTERS or any(text in line or text[::-1] in line for line in LINES):
        return True
    beside = text
    for word in context:
        beside = beside.replace(word.casefold(), "")
    return len(beside) < LEFT or any(f"\n{word}\n" in _listed() for word in (_unit(text), _unit(text.strip(AROUND))))


def _unit(text: str) -> str:
    """Return what a text repeats: `abc` of `abcabcabc`, and of `abcabcab`, whose end is cut off; or all of it."""
    for size in range(1, len(text) // 2 + 1):
        if text.startswith(text[size:]):
            return text[:size]
    return text


@cache
def _listed() -> str:
    """Return the list, one per line. As a text it takes a tenth of the memory of a set, and microseconds to search."""
    return "\n" + (files("strongbox.accounts") / "common_passwords.txt").read_text(encoding="utf-8")
