"""What a password must be like."""

from __future__ import annotations

from dataclasses import dataclass

from strongbox.exceptions import Invalid

MIN_LENGTH, MAX_LENGTH = 8, 128
MIN_WORDS, MAX_WORDS = 4, 12
"""Four words have 51 bits: enough behind a throttled login, too few for a file that can be attacked offline."""

LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = LOWER.upper()
DIGITS = "0123456789"
SYMBOLS = "!#$%&()*+,-./:;<=>?@[]^_{|}~"
"""Without quotes, backslash and backtick: shells and forms mangle them."""

LOOK_ALIKES = frozenset("Il1|O0o5S2Z8B")


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Length, and how many of each kind at least; 0 leaves a kind out altogether.

    Raises:
        Invalid: no password can be like that.
    """

    length: int = 20
    lower: int = 1
    upper: int = 1
    digits: int = 1
    symbols: int = 1
    exclude_look_alikes: bool = False

    def __post_init__(self) -> None:
        if not MIN_LENGTH <= self.length <= MAX_LENGTH:
            raise Invalid("length", f"The length must be between {MIN_LENGTH} and {MAX_LENGTH}.")
        for kind, least in self.minima.items():
            if least < 0:
                raise Invalid(kind, "The number must be 0 or more; 0 leaves this kind out.")
        if not any(self.minima.values()):
            raise Invalid("length", "Every kind of character is left out: ask for at least one.")
        needed = sum(self.minima.values())
        if needed > self.length:
            raise Invalid("length", f"{needed} characters are asked for, but the length is {self.length}.")

    @property
    def minima(self) -> dict[str, int]:
        """How many of each kind, by name."""
        return {"lower": self.lower, "upper": self.upper, "digits": self.digits, "symbols": self.symbols}

    @property
    def kinds(self) -> tuple[tuple[str, int], ...]:
        """The alphabets in use, each with its minimum."""
        alphabets = {"lower": LOWER, "upper": UPPER, "digits": DIGITS, "symbols": SYMBOLS}
        return tuple(
            (self._without_look_alikes(alphabets[kind]), least) for kind, least in self.minima.items() if least
        )

    def _without_look_alikes(self, alphabet: str) -> str:
        if not self.exclude_look_alikes:
            return alphabet
        return "".join(character for character in alphabet if character not in LOOK_ALIKES)


@dataclass(frozen=True, slots=True)
class PassphrasePolicy:
    """Words of the EFF's large list, which has no rare, rude or easily confused ones.

    Raises:
        Invalid: the number of words is out of range.
    """

    words: int = 6
    separator: str = "-"

    def __post_init__(self) -> None:
        if not MIN_WORDS <= self.words <= MAX_WORDS:
            raise Invalid("words", f"The number of words must be between {MIN_WORDS} and {MAX_WORDS}.")
