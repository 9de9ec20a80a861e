"""Make passwords from the operating system's random source, every one that meets the policy equally likely.

Filling up the minima first and shuffling would not do: it prefers passwords that just meet the minima. Here the
passwords of each composition are counted exactly, and the composition is drawn in proportion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from secrets import SystemRandom, choice, randbelow

from strongbox.generator.policy import PassphrasePolicy, PasswordPolicy

Kinds = tuple[tuple[int, int], ...]
"""Size of each alphabet, and how many of it there must be at least."""


@dataclass(frozen=True, slots=True)
class Made:
    """A password that exists only until it is shown.

    Attributes:
        bits: of entropy: log2 of how many passwords could have come out, each equally likely.
    """

    password: str
    bits: float

    def __repr__(self) -> str:
        return "<Made [redacted]>"


def make_password(policy: PasswordPolicy) -> Made:
    """Draw one of all the passwords that meet the policy."""
    sizes = tuple((len(alphabet), least) for alphabet, least in policy.kinds)
    characters: list[str] = []
    left = policy.length
    for position, (alphabet, _) in enumerate(policy.kinds):
        count = _draw_count(sizes[position:], left)
        characters += [choice(alphabet) for _ in range(count)]
        left -= count
    SystemRandom().shuffle(characters)
    return Made("".join(characters), math.log2(ways(sizes, policy.length)))


def make_passphrase(policy: PassphrasePolicy) -> Made:
    """Draw words independently; the same one may come twice."""
    words = word_list()
    password = policy.separator.join(choice(words) for _ in range(policy.words))
    return Made(password, policy.words * math.log2(len(words)))


@cache
def word_list() -> tuple[str, ...]:
    """Return the EFF's large list for passphrases: 7,776 words (https://www.eff.org/dice, CC BY 3.0 US)."""
    text = (files("strongbox.generator") / "eff_large_wordlist.txt").read_text(encoding="ascii")
    return tuple(text.split())


@lru_cache(maxsize=2048)
def ways(kinds: Kinds, length: int) -> int:
    """Count the strings of a length that have at least so many characters of each kind."""
    return sum(_ways_with(kinds, length, count) for count in range(length + 1))


def _ways_with(kinds: Kinds, length: int, count: int) -> int:
    """Count those with exactly `count` characters of the first kind."""
    if not kinds:
        return int(length == 0 and count == 0)
    (size, least), rest = kinds[0], kinds[1:]
    if count < least or count > length:
        return 0
    others = ways(rest, length - count) if rest else int(count == length)
    arrangements: int = math.comb(length, count) * size**count
    return arrangements * others


def _draw_count(kinds: Kinds, length: int) -> int:
    """Draw how many characters are of the first kind, in proportion to the passwords that have so many."""
    point = randbelow(ways(kinds, length))
    for count in range(length + 1):
        point -= _ways_with(kinds, length, count)
        if point < 0:
            return count
    raise AssertionError("the point lies below the sum of all ways")
