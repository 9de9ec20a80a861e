"""Plain files of a folder that another user may change at any time, brought into one of root's."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from ..release import files
from .errors import BackupError

# Certificates have some KB each, and lie four folders deep.
MOST_BYTES, DEEPEST = 64 * 1024 * 1024, 16
# What an empty file counts for: that there are many costs too.
LEAST_BYTES = 512
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# It is a link, a FIFO or a device, or it went or was exchanged meanwhile.
NOT_PLAIN = {errno.EINVAL, errno.ELOOP, errno.ENOENT, errno.ENOTDIR, errno.ENXIO}


def take(folder: Path, target: Path, *, without: str) -> None:
    """Copy the plain files of a folder; what else lies there is left out.

    Each folder is entered and each file opened by its descriptor: whoever owns them may put a link in their place.

    Args:
        folder: another user's; its parent is root's.
        target: root's, made here.
        without: a name at the top that is left out.

    Raises:
        BackupError: there is far more than certificates can be.
        OSError: it can't be read or written.
    """
    top = os.open(folder, FOLDER)
    try:
        _Taking(folder, without).take(top, target, 0)
    finally:
        os.close(top)


class _Taking:
    def __init__(self, folder: Path, without: str) -> None:
        self._folder, self._without, self._room = folder, without, MOST_BYTES

    def take(self, descriptor: int, target: Path, depth: int) -> None:
        files.folder(target, mode=0o700)
        with os.scandir(descriptor) as entries:
            found = [(each.name, each.is_dir(follow_symlinks=False)) for each in entries]
        for name, is_folder in found:
            if depth == 0 and name == self._without:
                continue
            try:
                if is_folder:
                    self._enter(name, descriptor, target / name, depth + 1)
                else:
                    self._copy(name, descriptor, target / name)
            except OSError as error:
                if error.errno not in NOT_PLAIN:
                    raise

    def _enter(self, name: str, above: int, target: Path, depth: int) -> None:
        self._spend(LEAST_BYTES if depth < DEEPEST else MOST_BYTES)
        inner = os.open(name, FOLDER, dir_fd=above)
        try:
            self.take(inner, target, depth)
        finally:
            os.close(inner)

    def _copy(self, name: str, above: int, target: Path) -> None:
        with files.open_of_others(Path(name), folder=above) as file:
            content, changed_ns = file.read(self._room + 1), os.fstat(file.fileno()).st_mtime_ns
        self._spend(max(len(content), LEAST_BYTES))
        target.write_bytes(content)
        target.chmod(0o600)
        os.utime(target, ns=(changed_ns, changed_ns))

    def _spend(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise BackupError(
                f"{self._folder} has more in it than certificates can be; it was not copied.",
                fix=f"`du -a {self._folder} | sort -n | tail` on the host",
            )
