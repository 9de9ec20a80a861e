"""`key.json`: the wrapped keys of one vault, and the state of a rotation.

There is one key when all is well, and a second one, pending, from before a rotation starts until it is proved.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from strongbox.atomic_write import write_durably
from strongbox.exceptions import VaultUnreadable
from strongbox.vault.keyring import WrappedKey

FORMAT = 1


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What `key.json` holds.

    Attributes:
        user: whose vault this is.
        active: the key that the database has, or had before an unfinished rotation.
        pending: the key that a rotation was about to give it.
        rotated_at: when the active key came into use, in UTC.
    """

    user: uuid.UUID
    active: WrappedKey
    rotated_at: datetime
    pending: WrappedKey | None = None

    def with_pending(self, new: WrappedKey) -> KeyFile:
        """Return the state before a rekey: either key may be the right one from now on."""
        return replace(self, pending=new)

    def promoted(self, now: datetime) -> KeyFile:
        """Return the state after a proved rekey: the old key is gone."""
        if self.pending is None:
            raise ValueError("there is no pending key to promote")
        return replace(self, active=self.pending, pending=None, rotated_at=now)

    def without_pending(self) -> KeyFile:
        """Return the state after a rekey that did not happen."""
        return replace(self, pending=None)

    def write(self, path: Path) -> None:
        """Put it on disk so that it survives power loss."""
        content = {
            "format": FORMAT,
            "user": str(self.user),
            "active": self.active.to_json(),
            "pending": self.pending.to_json() if self.pending else None,
            "rotated_at": self.rotated_at.isoformat(),
        }
        write_durably(path, json.dumps(content, indent=1).encode())


def read_key_file(path: Path, user: uuid.UUID) -> KeyFile:
    """Read a vault's key file.

    Raises:
        VaultUnreadable: it is missing, malformed, or says that it is another user's.
    """
    try:
        content = json.loads(path.read_bytes())
        found = KeyFile(
            user=uuid.UUID(content["user"]),
            active=WrappedKey.from_json(content["active"]),
            pending=WrappedKey.from_json(content["pending"]) if content["pending"] else None,
            rotated_at=datetime.fromisoformat(content["rotated_at"]),
        )
        known = content["format"] == FORMAT and found.user == user
    except (OSError, ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise VaultUnreadable("The vault's key file is missing, damaged or not this vault's: restore it from a backup.")
    return found
