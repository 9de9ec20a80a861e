"""What was done about copies, in a file that `slipway backups` and `doctor` read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from ..release import files

FILE = "state.json"


def read(folder: Path) -> dict[str, dict[str, object]]:
    """Return what each verb did last, and the ids of repositories by where they are; damaged parts are left out."""
    known = files.read_json(folder / FILE) or {}
    return {verb: dict(entry) for verb, entry in known.items() if isinstance(entry, Mapping)}


def remember(folder: Path, verb: str, entry: Mapping[str, object], *, ok: bool, began: float) -> None:
    """Write down how a verb's run went.

    Args:
        folder: root's, for the file.
        verb: `backup`, `drill` or `check`.
        entry: what there is to say.
        ok: whether it went well.
        began: Unix time in seconds.
    """
    known = read(folder)
    good = began if ok else known.get(verb, {}).get("last_ok", 0)
    seconds = round(time.time() - began, 1)
    files.write_json(
        folder / FILE, {**known, verb: {**entry, "ok": ok, "at": began, "last_ok": good, "seconds": seconds}}
    )


def repository_id(folder: Path, where: str) -> str:
    """Return the id of the repository that this host saw at a place last, empty where it saw none."""
    return str(read(folder).get("repositories", {}).get(where, ""))


def know_repository(folder: Path, where: str, found: str) -> None:
    """Write down which repository is at a place."""
    known = read(folder)
    files.write_json(folder / FILE, {**known, "repositories": {**known.get("repositories", {}), where: found}})
