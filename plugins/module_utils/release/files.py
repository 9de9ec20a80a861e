"""Files that survive a crash, written beside, synced, renamed; and what others left, looked at without trust.

Paths here are root's up to their last part. That part may be anything where another user may write the folder.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from .errors import PathError

# Millions of files go in that time.
REMOVAL_TIMEOUT_S = 300


def write(path: Path, content: bytes, *, mode: int = 0o644, owner: int | None = None) -> None:
    """Replace a file at once: a reader sees the old or the new content, also after a power cut.

    Args:
        path: the file; its folder must exist.
        content: all of it.
        mode: permission bits.
        owner: user and group id; the current user when None.
    """
    beside = path.with_name(f".{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if owner is not None:
                os.fchown(file.fileno(), owner, owner)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)  # a full disk is noticed by calls that know of no path
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    sync_folder(path.parent)


def write_json(path: Path, content: Mapping[str, object], *, mode: int = 0o600) -> None:
    """Replace a JSON file at once."""
    write(path, (json.dumps(content, indent=1, sort_keys=True) + "\n").encode(), mode=mode)


def read_json(path: Path) -> dict[str, object] | None:
    """Return the mapping in a JSON file, None where there is none or a crash left rubbish."""
    try:
        content = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def read_text(path: Path) -> str | None:
    """Return the text of a file without blanks around it, None where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None


def remove(path: Path) -> None:
    """Remove a file for good; none there is fine."""
    try:
        path.unlink()
    except FileNotFoundError:
        return
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make renames and removals in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def folder(path: Path, *, mode: int, owner: int = 0) -> bool:
    """Make sure that a folder exists with mode and owner; tell whether something was changed.

    Raises:
        PathError: a link, or anything else that is not a folder, is there; it is left alone.
    """
    changed = not os.path.lexists(path)
    if changed:
        path.mkdir(mode=mode, parents=True)
    with _opened_folder(path) as descriptor:
        found = os.fstat(descriptor)
        if found.st_mode & 0o7777 != mode:
            os.fchmod(descriptor, mode)
            changed = True
        if (found.st_uid, found.st_gid) != (owner, owner):
            os.fchown(descriptor, owner, owner)
            changed = True
    return changed


def open_of_others(path: Path, *, folder: int | None = None) -> BinaryIO:
    """Open a plain file in a folder that another user may write: no link is followed, no FIFO waited for.

    With `folder`, a descriptor, the path is a name in it.

    Raises:
        OSError: it is not there, or not a plain file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is not a plain file", str(path))
    return os.fdopen(descriptor, "rb")


def remove_tree(path: Path) -> None:
    """Remove a folder and whatever an app left in it; none there is fine.

    Folders in it are moved up and taken one by one, by descriptors: that many can't lie in one another that it takes
    long or many descriptors (rm needs minutes for some ten thousand, and starts over each time). No link is followed.

    Raises:
        PathError: something is left; the next attempt goes on from there.
    """
    if not os.path.lexists(path):
        return
    try:
        _remove_tree(path, time.monotonic() + REMOVAL_TIMEOUT_S)
    except OSError as error:
        why = f"{error.strerror or error} ({error.filename or path})"
        raise PathError(f"{path} can't be removed: {why}.", fix=f"`rm -rf {path}` on the host") from error


def _remove_tree(path: Path, until: float) -> None:
    if not stat.S_ISDIR(path.lstat().st_mode):
        path.unlink()
        return
    with _opened_folder(path) as top:
        while waiting := _emptied(top, top, until):
            for name in waiting:
                inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
                try:
                    if os.fstat(inner).st_dev != os.fstat(top).st_dev:
                        raise OSError(errno.EXDEV, "another file system is mounted there", name)
                    _emptied(inner, top, until)
                finally:
                    os.close(inner)
                os.rmdir(name, dir_fd=top)
    path.rmdir()


def _emptied(folder: int, top: int, until: float) -> list[str]:
    """Remove the files of a folder and move its folders to the top; returns those that are there already."""
    waiting = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if time.monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, f"no end within {REMOVAL_TIMEOUT_S} s")
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.name, dir_fd=folder)
            elif folder == top:
                waiting.append(entry.name)
            else:
                os.rename(entry.name, secrets.token_hex(16), src_dir_fd=folder, dst_dir_fd=top)
    return waiting


@contextlib.contextmanager
def _opened_folder(path: Path) -> Iterator[int]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno not in (errno.ENOTDIR, errno.ELOOP):
            raise
        kind = "a link" if path.is_symlink() else "not a folder"
        raise PathError(
            f"{path} is {kind}; Slipway follows no link there and changes nothing behind it.",
            fix=f"`ls -ld {path}` on the host shows it; move it away and run this again",
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)
