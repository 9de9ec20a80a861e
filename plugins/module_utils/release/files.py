"""Files that survive a crash: written beside, synced, renamed."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path


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
        return path.read_text(encoding="utf-8").strip()
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
    """Make sure that a folder exists with mode and owner; tell whether something was changed."""
    changed = False
    if not path.is_dir():
        path.mkdir(mode=mode, parents=True)
        changed = True
    found = path.stat()
    if found.st_mode & 0o7777 != mode:
        path.chmod(mode)
        changed = True
    if (found.st_uid, found.st_gid) != (owner, owner):
        os.chown(path, owner, owner)
        changed = True
    return changed
