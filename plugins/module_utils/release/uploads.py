"""Images on their way to the host: a kill between upload and load leaves one behind."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from pathlib import Path
from typing import BinaryIO

# Not /tmp: that is memory on Debian 13. Who logs in may not be root, so it is a folder that everybody may write.
FOLDER = Path("/var/tmp")  # noqa: S108 - the names are random, and no link is followed
NAME = re.compile(r"slipway-[0-9a-f]{32}\.tar\.gz")
# An upload writes all the time; what nobody wrote to for an hour has no writer.
ABANDONED_S = 3600.0
ROOT = 0


def clear(folder: Path = FOLDER) -> list[str]:
    """Remove uploads that nobody writes any more, of root and of whom became root here; returns their names."""
    login = os.environ.get("SUDO_UID", "")
    owners = {ROOT, os.getuid(), *([int(login)] if login.isdecimal() else [])}
    gone = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not NAME.fullmatch(entry.name):
                continue
            with contextlib.suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                untouched_s = time.time() - max(found.st_mtime, found.st_ctime)
                if stat.S_ISREG(found.st_mode) and found.st_uid in owners and untouched_s > ABANDONED_S:
                    os.unlink(entry.path)  # noqa: PTH108 - the entry has its path as text
                    gone.append(entry.name)
    return gone


def opened(archive: Path) -> BinaryIO:
    """Open an upload for reading; a link in its place is an error.

    Raises:
        OSError: it is gone, or a link.
    """
    return os.fdopen(os.open(archive, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
