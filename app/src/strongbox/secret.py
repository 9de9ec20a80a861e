"""Secrets that can't be printed by accident, read from files."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from strongbox.exceptions import ConfigurationError

MIN_SECRET_KEY_BYTES = 32
"""Session cookies are signed with it: 256 bits (RFC 2104 section 3 advises the hash's length)."""

KEK_BYTES = 32
"""AES-256 (NIST FIPS 197)."""


class Secret:
    """Bytes that show as `[redacted]` in `repr`, `str`, logs and tracebacks."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Return the bytes. Every call is a place to review."""
        return self._value

    def __repr__(self) -> str:
        return "[redacted]"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret cannot be serialised")


def read_secret_keys(path: Path) -> tuple[Secret, ...]:
    """Read the keys that sign sessions: the first line signs, the others are still accepted.

    Raises:
        ConfigurationError: the file is missing, unreadable, empty, or has a key that is too short.
    """
    keys = [line.strip().encode() for line in _read(path, "secret_key").splitlines() if line.strip()]
    if not keys:
        raise ConfigurationError(f"{path} is empty: write at least {MIN_SECRET_KEY_BYTES} random characters into it.")
    for key in keys:
        if len(key) < MIN_SECRET_KEY_BYTES:
            raise ConfigurationError(
                f"{path} has a key of {len(key)} bytes; it needs at least {MIN_SECRET_KEY_BYTES}: "
                "generate one with `openssl rand -base64 48`."
            )
    return tuple(Secret(key) for key in keys)


def read_key_encryption_keys(path: Path) -> dict[int, Secret]:
    """Read the key-encryption keys, lines of `<version>:<base64 of 32 bytes>`.

    Returns:
        Version to key; the highest version is the active one.

    Raises:
        ConfigurationError: the file is missing, unreadable, empty, malformed, or names a version twice.
    """
    keys: dict[int, Secret] = {}
    for number, line in enumerate(_read(path, "kek").splitlines(), start=1):
        if not line.strip():
            continue
        version, key = _parse_kek_line(line.strip(), f"{path}, line {number}")
        if version in keys:
            raise ConfigurationError(f"{path}, line {number}: version {version} is there twice.")
        keys[version] = key
    if not keys:
        raise ConfigurationError(f"{path} holds no key: write a line `1:$(openssl rand -base64 32)`.")
    return keys


def _parse_kek_line(line: str, where: str) -> tuple[int, Secret]:
    version, _, encoded = line.partition(":")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if not version.isascii() or not version.isdigit() or int(version) < 1 or len(key) != KEK_BYTES:
        raise ConfigurationError(
            f"{where}: expected `<version>:<base64 of {KEK_BYTES} bytes>`, as `1:$(openssl rand -base64 32)` writes."
        )
    return int(version), Secret(key)


def _read(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise ConfigurationError(
            f"The secret file {path} is missing: provide `{name}`, or set STRONGBOX_SECRETS_DIR."
        ) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"The secret file {path} cannot be read: {problem}.") from None
