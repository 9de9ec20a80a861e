"""Folders with the mode that was asked for: mkdir(2) takes the bits of the login's umask away from it."""

from __future__ import annotations

from pathlib import Path

FOR_ALL = 0o755


def make(folder: Path, mode: int = FOR_ALL) -> None:
    """Make a folder and those above it where they are missing; those that exist stay as they are."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        each.chmod(mode)
