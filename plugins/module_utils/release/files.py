"""Files that survive a crash, written beside, synced, renamed; and what others left, looked at without trust.

Paths here are root's up to their last part. That part may be anything where another user may write the folder.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import subprocess
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


def open_of_others(path: Path) -> BinaryIO:
    """Open a plain file in a folder that another user may write: no link is followed, no FIFO waited for.

    Raises:
        OSError: it is not there, or not a plain file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is not a plain file", str(path))
    return os.fdopen(descriptor, "rb")


def remove_tree(path: Path) -> None:
    """Remove a folder and whatever an app left in it; none there is fine.

    `rm` walks by descriptors and follows no link, like shutil.rmtree, but holds only a few of them: for rmtree a
    thousand folders in one another are too many.

    Raises:
        PathError: something is left.
    """
    command = ["rm", "-rf", "--one-file-system", "--", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=REMOVAL_TIMEOUT_S, check=False)
        why = done.stderr.strip() if done.returncode else ""
    except subprocess.TimeoutExpired:
        why = f"rm did not end within {REMOVAL_TIMEOUT_S} s"
    if why:
        raise PathError(f"{path} can't be removed: {why.splitlines()[-1]}.", fix=f"`rm -rf {path}` on the host")


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
