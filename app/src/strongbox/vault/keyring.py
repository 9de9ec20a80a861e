"""Key-encryption keys: they wrap the keys of the vaults, and never leave their secret file."""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongbox.atomic_write import write_durably
from strongbox.exceptions import ConfigurationError, VaultUnreadable
from strongbox.secret import Secret

NONCE_BYTES = 12
"""AES-GCM's (NIST SP 800-38D section 8.2.2): random, a new one for each wrapping."""

CHECK_OWNER = uuid.UUID(int=0)
"""Whose "vault key" the check file wraps: nobody's."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A vault key under a key-encryption key; safe to store beside the data."""

    version: int
    nonce: bytes
    ciphertext: bytes

    def to_json(self) -> dict[str, object]:
        """Return what a JSON file holds of it."""
        return {
            "kek": self.version,
            "nonce": base64.b64encode(self.nonce).decode(),
            "key": base64.b64encode(self.ciphertext).decode(),
        }

    @classmethod
    def from_json(cls, given: dict[str, object]) -> WrappedKey:
        """Read what `to_json` wrote.

        Raises:
            ValueError, KeyError, TypeError: it is malformed.
        """
        return cls(int(str(given["kek"])), base64.b64decode(str(given["nonce"])), base64.b64decode(str(given["key"])))


class KeyRing:
    """All key-encryption keys by version; the highest wraps, any unwraps."""

    def __init__(self, keys: Mapping[int, Secret]) -> None:
        self._ciphers = {version: AESGCM(key.reveal()) for version, key in keys.items()}
        self.active = max(keys)

    def wrap(self, key: Secret, owner: uuid.UUID) -> WrappedKey:
        """Encrypt a vault key for one owner: under another owner's name it can't be unwrapped."""
        nonce = os.urandom(NONCE_BYTES)
        ciphertext = self._ciphers[self.active].encrypt(nonce, key.reveal(), _context(owner))
        return WrappedKey(self.active, nonce, ciphertext)

    def unwrap(self, wrapped: WrappedKey, owner: uuid.UUID) -> Secret:
        """Decrypt a vault key.

        Raises:
            VaultUnreadable: the version is unknown, or the wrapped key was changed or belongs to somebody else.
        """
        cipher = self._ciphers.get(wrapped.version)
        if cipher is None:
            raise VaultUnreadable(f"Key-encryption key {wrapped.version} is not in the kek file: put its line back.")
        try:
            return Secret(cipher.decrypt(wrapped.nonce, wrapped.ciphertext, _context(owner)))
        except InvalidTag:
            raise VaultUnreadable(
                "The vault's key can't be unwrapped: it was changed, or is not this vault's."
            ) from None

    def require_match(self, check_file: Path) -> None:
        """Make sure that these are the keys the data was written with, before anything is touched.

        Args:
            check_file: a constant wrapped under each version in use; absent in a new data folder.

        Raises:
            ConfigurationError: a version is missing, or has another key.
        """
        for wrapped in _read_check(check_file):
            if wrapped.version not in self._ciphers:
                raise ConfigurationError(
                    f"The data needs key-encryption key {wrapped.version}, which the kek file lacks: put its line back."
                )
            try:
                self.unwrap(wrapped, CHECK_OWNER)
            except VaultUnreadable:
                raise ConfigurationError(
                    f"Key {wrapped.version} of the kek file is not the one that the data was written with: "
                    "put the right file back. Nothing was touched."
                ) from None

    def record_use(self, check_file: Path, *, only_active: bool = False) -> None:
        """Note in the check file that the active version is in use.

        Args:
            check_file: where.
            only_active: forget the older versions, because no vault needs them any more.
        """
        known = {wrapped.version: wrapped for wrapped in _read_check(check_file)}
        active = known.get(self.active) or self.wrap(Secret(b"check"), CHECK_OWNER)
        expected = {self.active: active} if only_active else {**known, self.active: active}
        if expected != known:
            lines = [expected[version].to_json() for version in sorted(expected)]
            write_durably(check_file, json.dumps(lines, indent=1).encode())


def _read_check(check_file: Path) -> list[WrappedKey]:
    try:
        return [WrappedKey.from_json(line) for line in json.loads(check_file.read_bytes())]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{check_file} is damaged: restore it from a backup.") from None


def _context(owner: uuid.UUID) -> bytes:
    return b"strongbox/vault-key/1/" + owner.bytes
