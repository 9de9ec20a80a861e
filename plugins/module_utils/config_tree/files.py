"""Files as values: read them, and replace them so that a reader sees the old or the new, never half."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils import folders


@dataclass(frozen=True)
class File:
    """The content and the permission bits of a file."""

    data: bytes
    mode: int


def read(folder: Path, names: Iterable[str]) -> dict[str, File | None]:
    """Return the files below `folder` by name; None where there is none."""
    return {name: _read_one(folder / name) for name in names}


def _read_one(path: Path) -> File | None:
    try:
        return File(path.read_bytes(), path.stat().st_mode & 0o7777)
    except FileNotFoundError:
        return None


def write(path: Path, file: File) -> None:
    """Make `path` that file, its folders included, in one rename; on disk when this returns."""
    folders.make(path.parent)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(file.data)
            os.fchmod(stream.fileno(), file.mode)
            stream.flush()
            os.fsync(stream.fileno())
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def remove(path: Path) -> None:
    """Make sure that `path` is gone."""
    path.unlink(missing_ok=True)
