"""New secret values, by name: on the control machine for the vault, on a host for a review app."""

from __future__ import annotations

import base64
import secrets

# 256 bits, the size of the keys they become or protect.
BYTES = 32
FIRST_KEY_VERSION = 1


def generate(name: str) -> str:
    """Return a new value for the secret `name`.

    A key-encryption key (`kek`, `..._kek`) gets the form of a keyring, `<version>:<base64 of 32 bytes>`; any other name
    gets 43 characters of URL-safe text.
    """
    if name == "kek" or name.endswith("_kek"):
        return f"{FIRST_KEY_VERSION}:{base64.b64encode(secrets.token_bytes(BYTES)).decode('ascii')}"
    return secrets.token_urlsafe(BYTES)
