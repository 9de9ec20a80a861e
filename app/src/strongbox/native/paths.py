"""Where a person's own machine keeps data and keys: apart from each other, and made at the first start."""

from __future__ import annotations

import base64
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_config_path, user_data_path

from strongbox.secret import KEK_BYTES, MIN_SECRET_KEY_BYTES
from strongbox.settings import Mode

BESIDE = "strongbox-data"
"""A folder of this name beside the program is used instead of the user's own folders: for a USB stick."""


@dataclass(frozen=True, slots=True)
class DesktopPaths:
    """Folders of one mode; the modes share nothing."""

    data: Path
    keys: Path


def choose(mode: Mode, given: Path | None, program: Path) -> DesktopPaths:
    """Return where to keep things.

    Args:
        mode: private or lan.
        given: a folder that was asked for, if any.
        program: the running executable or script.
    """
    beside = program.resolve().parent / BESIDE
    root = given or (beside if beside.is_dir() else None)
    if root is not None:
        return DesktopPaths(root / mode / "data", root / mode / "keys")
    return DesktopPaths(user_data_path("strongbox") / mode, user_config_path("strongbox") / mode)


def running_program() -> Path:
    """Return the executable if this is one, else the script."""
    return Path(sys.executable if getattr(sys, "frozen", False) else sys.argv[0])


def provide(paths: DesktopPaths) -> None:
    """Make the folders, and the keys where there are none. Keys that exist are never replaced."""
    for folder in (paths.data, paths.keys):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(paths.data.iterdir()):
        return  # there is data: a missing key must be put back, not made again
    _write_once(paths.keys / "secret_key", secrets.token_urlsafe(MIN_SECRET_KEY_BYTES))
    _write_once(paths.keys / "kek", "1:" + base64.b64encode(secrets.token_bytes(KEK_BYTES)).decode())


def _write_once(path: Path, content: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(content + "\n")
        file.flush()
        os.fsync(file.fileno())
