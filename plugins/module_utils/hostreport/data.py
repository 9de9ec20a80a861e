"""How much an app keeps in its data folder. The folder is the app's: anything may lie there, and change meanwhile."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from dataclasses import dataclass, field

Tree = dict[str, object]

# A doctor is patient, but not with an app that makes files as fast as they are counted.
MOST_ENTRIES = 500_000
LONGEST_S = 10.0
# One open descriptor per level.
DEEPEST = 64
# stat(2): the unit of st_blocks, whatever the file system's own is.
BLOCK_BYTES = 512
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass
class _Count:
    device: int
    until: float
    bytes: int = 0
    entries: int = 0
    complete: bool = True
    linked: set[int] = field(default_factory=set)

    def add(self, found: os.stat_result) -> None:
        """Count what one entry takes on the disk; a file with several names once."""
        self.entries += 1
        if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
            if found.st_ino in self.linked:
                return
            self.linked.add(found.st_ino)
        self.bytes += found.st_blocks * BLOCK_BYTES

    def is_over(self) -> bool:
        """Whether it takes too long; what is counted by then is the least that it can be."""
        if self.entries >= MOST_ENTRIES or time.monotonic() > self.until:
            self.complete = False
        return not self.complete


def measure(path: str) -> Tree:
    """Return `bytes` on the disk below a folder, and whether the count is `complete`; 0 bytes where there is none.

    It goes by descriptors, follows no link and leaves this file system nowhere.
    """
    try:
        top = os.open(path, FOLDER)
    except OSError:
        return {"bytes": 0, "complete": not os.path.lexists(path)}
    try:
        count = _Count(os.fstat(top).st_dev, time.monotonic() + LONGEST_S)
        _walk(top, count, depth=1)
    finally:
        os.close(top)
    return {"bytes": count.bytes, "complete": count.complete}


def _walk(folder: int, count: _Count, depth: int) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if count.is_over():
                return
            with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                found = entry.stat(follow_symlinks=False)
                count.add(found)
                if stat.S_ISDIR(found.st_mode) and found.st_dev == count.device:
                    _below(folder, entry.name, count, depth)


def _below(folder: int, name: str, count: _Count, depth: int) -> None:
    if depth == DEEPEST:
        count.complete = False
        return
    try:
        inner = os.open(name, FOLDER, dir_fd=folder)
    except OSError:
        return  # another thing by now
    try:
        _walk(inner, count, depth + 1)
    finally:
        os.close(inner)
