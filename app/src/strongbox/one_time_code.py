"""One-time codes of the time (TOTP, RFC 6238), from a bare seed or a key URI.

https://github.com/google/google-authenticator/wiki/Key-Uri-Format
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NoReturn
from urllib.parse import parse_qs, quote, unquote, urlsplit

from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from strongbox.exceptions import Invalid

ALGORITHMS: Mapping[str, type[HashAlgorithm]] = MappingProxyType({"SHA1": SHA1, "SHA256": SHA256, "SHA512": SHA512})
MIN_DIGITS, MAX_DIGITS = 6, 8
"""RFC 4226 section 5.3."""

MAX_PERIOD_S = 3600

SEED = r"([A-Z2-7]{8})*([A-Z2-7]{2}|[A-Z2-7]{4}|[A-Z2-7]{5}|[A-Z2-7]{7}|[A-Z2-7]{8})"
"""RFC 4648 section 6, without padding."""

KEPT = (
    rf"^(|{SEED}|otpauth://totp/[A-Za-z0-9%._~:@+-]*\?secret={SEED}&algorithm=SHA(1|256|512)&digits=[678]"
    r"&period=([1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|3600)(&issuer=[A-Za-z0-9%._~+-]*)?)$"
)
"""What `Seed.as_text` writes: the seed alone where all the rest is as nearly everywhere, else a key URI."""

SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://.*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Code:
    """A code and how long it is good for.

    Attributes:
        seconds_left: 1 to the seed's period.
    """

    digits: str
    seconds_left: int


@dataclass(frozen=True, slots=True)
class Seed:
    """What codes are made from.

    Attributes:
        secret: base32 without padding.
        algorithm: a key of `ALGORITHMS`.
        digits: of a code, 6 to 8.
        period_s: how long a code is good, in seconds.
        label: whose it is, as the site wrote it.
        issuer: the site.
    """

    secret: str = field(repr=False)
    algorithm: str = "SHA1"
    digits: int = 6
    period_s: int = 30
    label: str = ""
    issuer: str = ""

    def code(self, now: datetime) -> Code:
        """Return the code of a moment."""
        key = base64.b32decode(self.secret + "=" * (-len(self.secret) % 8))
        # Many sites hand out 80 bits; that is for them to answer for.
        hash_ = ALGORITHMS[self.algorithm]()
        generator = TOTP(key, self.digits, hash_, self.period_s, enforce_key_length=False)  # type: ignore[arg-type]
        moment = int(now.timestamp())
        return Code(generator.generate(moment).decode(), self.period_s - moment % self.period_s)

    def as_text(self) -> str:
        """Return what is kept: earlier releases know seeds alone, so a key URI is for what they got wrong."""
        if (self.algorithm, self.digits, self.period_s) == ("SHA1", 6, 30):
            return self.secret
        issuer = f"&issuer={quote(self.issuer, safe='')}" if self.issuer else ""
        return (
            f"otpauth://totp/{quote(self.label, safe=':@')}?secret={self.secret}&algorithm={self.algorithm}"
            f"&digits={self.digits}&period={self.period_s}{issuer}"
        )


def parse(text: str) -> Seed:
    """Read what sites show: groups of characters, or a key URI.

    Raises:
        Invalid: no codes can be made from it; the sentence says why, without the text, which is a secret.
    """
    scheme = SCHEME.fullmatch(text.strip())
    if scheme is None:
        return Seed(_secret(text))
    if scheme[1].casefold() == "otpauth":
        return _from_uri(text.strip())
    if scheme[1].casefold() == "steam":
        return _refuse("Steam's codes are letters of a kind of their own, which Strongbox can't make.")
    return _refuse("An address of one-time codes begins with otpauth://totp/.")


def current_code(kept: str, now: datetime) -> Code | None:
    """Return the code of this moment; none without a seed.

    Raises:
        Invalid: an earlier release kept what no code can be made from.
    """
    return parse(kept).code(now) if kept else None


def seed_of(text: str) -> str:
    """Return what is kept of what was typed; nothing of nothing.

    Raises:
        Invalid: no codes can be made from it.
    """
    return parse(text).as_text() if text.strip() else ""


def _from_uri(text: str) -> Seed:
    try:
        uri = urlsplit(text)
        values = parse_qs(uri.query, keep_blank_values=True)
    except ValueError:
        _refuse("This address of one-time codes can't be read.")
    kind = uri.netloc.casefold()
    if kind == "hotp":
        _refuse("These codes go by a counter (hotp), not by the time (totp): Strongbox can't make them.")
    if kind != "totp":
        _refuse("An address of one-time codes begins with otpauth://totp/.")
    twice = sorted(name for name, given in values.items() if len(given) > 1)
    if twice:
        _refuse(f"The address has {twice[0][:20]} twice: which of them is meant?")
    given = {name: found[0].strip() for name, found in values.items()}
    if given.get("encoder"):  # as KeePassXC writes it for Steam
        _refuse("These codes are written in a way of their own (encoder), which Strongbox can't do.")
    return Seed(
        secret=_secret(given.get("secret", "")),
        algorithm=_algorithm(given.get("algorithm") or "SHA1"),
        digits=_number("number of digits", given.get("digits") or "6", MIN_DIGITS, MAX_DIGITS),
        period_s=_number("period in seconds", given.get("period") or "30", 1, MAX_PERIOD_S),
        label=unquote(uri.path.removeprefix("/")),
        issuer=values.get("issuer", [""])[0],
    )


def _secret(text: str) -> str:
    secret = "".join(text.split()).replace("-", "").rstrip("=").upper()
    if re.fullmatch(SEED, secret) is None:
        _refuse("A seed is written in the letters A to Z and the digits 2 to 7, or as an address, otpauth://totp/...")
    return secret


def _algorithm(text: str) -> str:
    name = text.upper().removeprefix("HMAC").replace("-", "")
    if name not in ALGORITHMS:
        _refuse(f"The algorithm must be one of {', '.join(ALGORITHMS)}, not {text[:20]}.")
    return name


def _number(name: str, text: str, least: int, most: int) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or not least <= int(text) <= most:
        _refuse(f"The {name} must be from {least} to {most}, not {text[:20]}.")
    return int(text)


def _refuse(sentence: str) -> NoReturn:
    raise Invalid("otp", sentence)
