"""Snapshots of an app's data, in root's folder: an app sees one only while it makes it."""

from __future__ import annotations

import contextlib
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from . import files
from .app import App

KEPT = 3
# Where the container that makes a snapshot finds the folder for it, and what it makes in there.
INSIDE = "/slipway-snapshot"
COPY = "data"
# One at a time: whoever changes an app holds its lease.
UNFINISHED = ".unfinished"
NAME = re.compile(r"\d{8}T\d{6}Z-before-[0-9a-f]+")
PAUSE_S = 0.1


class Snapshots:
    """The snapshots of one app: `<root>/snapshots/<UTC>-before-<release>/data`."""

    def __init__(self, app: App) -> None:
        self.folder = app.root / "snapshots"
        self._owner = app.uid
        self._record = app.root / "state" / "snapshots.json"

    @contextlib.contextmanager
    def making(self, release_id: str) -> Iterator[Path]:
        """Yield an empty folder of the app's user; it is a snapshot when the block ends well, and gone when not.

        Raises:
            PathError: what an earlier run left can't be removed.
        """
        self.clear()
        unfinished = self.folder / UNFINISHED
        files.folder(self.folder, mode=0o700)
        files.folder(unfinished, mode=0o700, owner=self._owner)
        try:
            yield unfinished
            name = self._new_name(release_id)
            # First the record: one that names a folder too many does no harm.
            files.write_json(self._record, {"made": [*self.names(), name]})
            unfinished.rename(self.folder / name)
        except BaseException:
            with contextlib.suppress(Exception):
                self.clear()  # tried again by the next change
            raise
        files.sync_folder(self.folder)

    def clear(self) -> None:
        """Remove what a run that died left unfinished.

        Raises:
            PathError: it can't be removed.
        """
        files.remove_tree(self.folder / UNFINISHED)

    def names(self) -> list[str]:
        """Return the snapshots in the order in which they were made, whatever the clock said meanwhile."""
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        there = {each.name for each in found if NAME.fullmatch(each.name)}
        made = (files.read_json(self._record) or {}).get("made")
        known = [name for name in made if name in there] if isinstance(made, list) else []
        return sorted(there - set(known)) + known

    def prune(self) -> None:
        """Remove all but the last ones.

        Raises:
            PathError: one can't be removed.
        """
        for name in self.names()[:-KEPT]:
            files.remove_tree(self.folder / name)

    def _new_name(self, release_id: str) -> str:
        while True:
            name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-before-{release_id}"
            if not (self.folder / name).exists():
                return name
            time.sleep(PAUSE_S)  # two in one second


def was_made(folder: Path) -> bool:
    """Tell whether the command made the copy: a folder or a file, no link and nothing else."""
    try:
        mode = (folder / COPY).lstat().st_mode
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(mode) or stat.S_ISREG(mode)
