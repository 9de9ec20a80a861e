"""A copy brought back from the store, into a folder of root's whose inside is the app's."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..release import files
from ..release.app import App
from .errors import BackupError
from .restic import Copy, Restic

# Besides the copy and a tenth of it.
ROOM = 64 * 1024 * 1024


def fetch(restic: Restic, copy: Copy, app: App, folder: Path) -> None:
    """Make the folder from a copy, in place of what was there; its parent is root's, and there.

    Raises:
        BackupError: the disk has no room, or not all of it arrived; nothing else was touched.
    """
    free = shutil.disk_usage(folder.parent).free
    if free < copy.bytes + copy.bytes // 10 + ROOM:
        raise BackupError(
            f"{app.name}: {free} bytes are free and the copy has {copy.bytes}; nothing was touched.",
            fix=f"make room on the file system of {folder.parent}",
        )
    files.remove_tree(folder)
    files.folder(folder, mode=0o700)
    restic.fetch(copy, folder)
    files.folder(folder, mode=0o700, owner=app.uid)
