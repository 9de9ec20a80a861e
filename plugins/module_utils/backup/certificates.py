"""Caddy's folder: certificates and the account with the authority, so that a new host asks for nothing twice."""

from __future__ import annotations

import os
from pathlib import Path

from ..release import files
from . import caddys_files
from .config import Config
from .errors import BackupError
from .restic import Restic

MARKS = {"part": "certificates"}


def back_up(config: Config, restic: Restic) -> str:
    """Copy it off the host, and read that back; return the id of the copy, empty where Caddy has no folder yet.

    Raises:
        BackupError: there is far too much of it, or the store does not have it.
    """
    folder, taken = config.places.certificates, config.places.state / "certificates"
    if not folder.is_dir():
        return ""
    files.remove_tree(taken)  # of a run that was killed
    try:
        caddys_files.take(folder, taken, without="locks")
        copy_id = restic.back_up(taken, MARKS)  # which goes by paths, and finds root's alone
    finally:
        files.remove_tree(taken)
    if copy_id not in [copy.id for copy in restic.copies(**MARKS)]:
        raise BackupError(
            f"the store does not have the snapshot {copy_id[:8]} of {folder} that was just sent to it.",
            fix="look at the store: its disk, and who else writes there; then `slipway backup ENV`",
        )
    return copy_id


def bring_back(config: Config, restic: Restic) -> bool:
    """Give a Caddy that never ran what the newest copy has; tells whether there was one.

    The folder is there, Caddy's, and empty: a Caddy that has certificates keeps them.
    """
    folder, copies = config.places.certificates, restic.copies(**MARKS)
    if not copies or any(folder.iterdir()):
        return False
    # Beside it, so that it takes its place in one step; their parent is root's.
    fresh, owner = folder.with_name(f".{folder.name}.restored"), folder.lstat()
    files.remove_tree(fresh)
    files.folder(fresh, mode=0o700)
    try:
        restic.fetch(copies[-1], fresh)
        _give(fresh, owner.st_uid, owner.st_gid)
        folder.rmdir()
        fresh.rename(folder)
    finally:
        files.remove_tree(fresh)
    return True


def _give(top: Path, uid: int, gid: int) -> None:
    """Make a folder of root's and all in it Caddy's, whose number on the host before may have been another one."""
    for folder, folders, names in os.walk(top):
        for name in [*folders, *names]:
            os.chown(Path(folder, name), uid, gid, follow_symlinks=False)
    os.chown(top, uid, gid)
