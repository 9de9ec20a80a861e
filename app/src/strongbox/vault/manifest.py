"""`manifest.json`: what a copy of all data holds, written last, so that a copy without one is not finished."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from strongbox.atomic_write import sync_folder, write_durably

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy holds.

    Attributes:
        taken_at: when it was begun, in UTC.
        vaults: how many it has.
        accounts: how many it has.
        failed: vaults that could not be copied.
    """

    taken_at: datetime
    vaults: int
    accounts: int
    failed: int = 0

    def write(self, folder: Path) -> None:
        """Put it on disk: the copy is finished."""
        content = {
            "taken_at": self.taken_at.isoformat(),
            "vaults": self.vaults,
            "accounts": self.accounts,
            "failed": self.failed,
        }
        write_durably(folder / NAME, json.dumps(content, indent=1).encode())


def read(folder: Path) -> Manifest | None:
    """Return the manifest of a copy; None where it is missing or damaged."""
    try:
        found = json.loads((folder / NAME).read_bytes())
        return Manifest(
            datetime.fromisoformat(found["taken_at"]),
            int(found["vaults"]),
            int(found["accounts"]),
            int(found["failed"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def withdraw(folder: Path) -> bool:
    """Remove the manifest before a copy is changed; return whether the copy was finished until now."""
    finished = read(folder) is not None
    (folder / NAME).unlink(missing_ok=True)
    sync_folder(folder)
    return finished
