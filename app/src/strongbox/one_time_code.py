"""One-time codes (RFC 6238)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

DIGITS = 6
INTERVAL_S = 30
"""What practically all sites use (RFC 6238 section 4)."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code and how long it is good for.

    Attributes:
        seconds_left: 1 to 30.
    """

    digits: str
    seconds_left: int


def current_code(seed: str, now: datetime) -> Code | None:
    """Return the code of this moment; none without a seed."""
    if not seed:
        return None
    key = base64.b32decode(seed + "=" * (-len(seed) % 8))
    # Many sites hand out 80 bits; that is for them to answer for.
    generator = TOTP(key, DIGITS, SHA1(), INTERVAL_S, enforce_key_length=False)  # noqa: S303  # nosec B303
    moment = int(now.timestamp())
    return Code(generator.generate(moment).decode(), INTERVAL_S - moment % INTERVAL_S)


def seed_of(text: str) -> str:
    """Return the seed from what sites show: groups of characters, or an `otpauth://` address."""
    if text.startswith("otpauth://"):
        text = "".join(parse_qs(urlsplit(text).query).get("secret", [""]))
    return text.replace(" ", "").replace("-", "").rstrip("=").upper()
