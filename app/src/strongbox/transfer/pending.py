"""An import that its owner looks at before it is done.

It waits beside the database, under a key that only the page in the browser has: for the server it is noise as soon as
the page is sent. There is one at most; the next one, or a look at the page of imports, takes its place.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import asdict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongbox.atomic_write import write_durably
from strongbox.exceptions import Conflict
from strongbox.vault.keyring import NONCE_BYTES
from strongbox.vault.paths import VaultPaths
from strongbox.vault.record import Draft

NAME = "import.bin"
KEY_BITS = 256
CONTEXT = b"strongbox/import/1/"


def hold(paths: VaultPaths, drafts: list[Draft]) -> str:
    """Put an import aside; return the key to it. Needs the vault's lock.

    Args:
        paths: of the owner's vault.
        drafts: what to keep if its owner agrees.
    """
    key = AESGCM.generate_key(KEY_BITS)
    nonce = os.urandom(NONCE_BYTES)
    content = json.dumps([asdict(draft) for draft in drafts]).encode()
    sealed = AESGCM(key).encrypt(nonce, content, CONTEXT + paths.user.bytes)
    write_durably(paths.folder / NAME, nonce + sealed)
    return base64.urlsafe_b64encode(key).decode()


def held(paths: VaultPaths, key: str) -> list[Draft]:
    """Return the import that waits. Needs the vault's lock.

    Raises:
        Conflict: it was done or given up, or another one took its place.
    """
    try:
        sealed = (paths.folder / NAME).read_bytes()
        cipher = AESGCM(base64.urlsafe_b64decode(key.encode()))
        content = cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], CONTEXT + paths.user.bytes)
    except (FileNotFoundError, binascii.Error, ValueError, InvalidTag):
        raise Conflict("This import is over, or another one was begun: choose the file again.") from None
    return [Draft(**{**values, "tags": tuple(values["tags"])}) for values in json.loads(content)]


def give_up(paths: VaultPaths) -> None:
    """Forget the import that waits, if one does. Needs the vault's lock."""
    (paths.folder / NAME).unlink(missing_ok=True)
