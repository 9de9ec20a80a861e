"""What was done about copies, in a file that `slipway backups` and `doctor` read."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from ..release import files

FILE = "state.json"
Verb = Literal["backup", "drill", "check"]


def read(folder: Path) -> dict[str, dict[str, object]]:
    """Return what each verb did last, and the ids of repositories by where they are; damaged parts are left out."""
    known = files.read_json(folder / FILE) or {}
    return {verb: dict(entry) for verb, entry in known.items() if isinstance(entry, Mapping)}


def remember(folder: Path, verb: Verb, entry: Mapping[str, object], *, ok: bool, began: float) -> None:
    """Write down how a verb's run went.

    Args:
        folder: root's, for the file.
        verb: whose run.
        entry: what there is to say; what it does not say stays as it was.
        ok: whether it went well.
        began: Unix time in seconds.
    """
    with _changing(folder) as known:
        before, seconds = known.get(verb, {}), round(time.time() - began, 1)
        good = {"last_ok": began if ok else before.get("last_ok", 0)}
        first = {"first": before.get("first", began)}
        known[verb] = {**before, **entry, "ok": ok, "at": began, **good, **first, "seconds": seconds}


def repository_id(folder: Path, where: str) -> str:
    """Return the id of the repository that this host saw at a place last, empty where it saw none."""
    return str(read(folder).get("repositories", {}).get(where, ""))


def know_repository(folder: Path, where: str, found: str) -> None:
    """Write down which repository is at a place."""
    with _changing(folder) as known:
        known["repositories"] = {**known.get("repositories", {}), where: found}


def own_history(folder: Path, app: str) -> bool:
    """Whether the copies of an app in the store are of this host's data: it made them, or was restored from one."""
    return app in read(folder).get("histories", {})


def made_copies_unwritten(folder: Path) -> bool:
    """Whether this host made copies when it was not written down yet which ones are its own."""
    known = read(folder)
    return "histories" not in known and bool(known.get("backup", {}).get("last_ok"))


def take_history(folder: Path, apps: Sequence[str]) -> None:
    """Write down that the copies of some apps are of this host's data."""
    with _changing(folder) as known:
        known["histories"] = {**known.get("histories", {}), **dict.fromkeys(apps, True)}


@contextlib.contextmanager
def _changing(folder: Path) -> Iterator[dict[str, dict[str, object]]]:
    """Give what is known, to be changed, while no other verb's run writes it; write it."""
    files.folder(folder, mode=0o700)
    descriptor = os.open(folder / f"{FILE}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        known = read(folder)
        yield known
        files.write_json(folder / FILE, known)
    finally:
        os.close(descriptor)
