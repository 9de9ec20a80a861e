"""Folders with the mode that was asked for: mkdir(2) takes the bits of the login's umask away from it."""

from __future__ import annotations

import os
from pathlib import Path

FOR_ALL = 0o755


def make(folder: Path, mode: int = FOR_ALL) -> None:
    """Make a folder and those above it where they are missing; those that exist stay as they are.

    Raises:
        OSError: something else is there, a link that leads nowhere for one; it is left alone.
    """
    missing = [each for each in (folder, *folder.parents) if not each.is_dir()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        # By descriptor: what was made is changed, nothing that took its place.
        made = os.open(each, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            os.fchmod(made, mode)
        finally:
            os.close(made)
