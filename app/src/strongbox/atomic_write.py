"""Files that survive power loss: all of the new content, or all of the old."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file at once: after a crash at any instant it holds the old content or the new, never a mix.

    The order is what counts: content on disk, then the name, then the folder that holds the name.
    """
    unfinished = path.with_name(f".{path.name}.new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to disk: a rename before this may be undone by power loss."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_folder(folder: Path) -> None:
    """Delete a folder with all that is in it, if it is there."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
