"""Hosts that copy to this one and fell silent: the store misses them without a third party or a password."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..findings.duration import age
from ..findings.finding import Finding

HOUR_S = 3600.0
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def last_heard(folder: Path) -> float | None:
    """Return when a client last added a copy, as Unix time; None where it never did.

    Args:
        folder: the client's own, in one of root's: no link in it is followed.
    """
    try:
        top = os.open(folder, FOLDER)
    except OSError:
        return None
    try:
        inner = os.open("snapshots", FOLDER, dir_fd=top)
    except OSError:
        return None
    finally:
        os.close(top)
    try:
        return os.fstat(inner).st_mtime
    finally:
        os.close(inner)


def silent(host: str, clients: Mapping[str, Mapping[str, Any]], now: float) -> list[Finding]:
    """Return a finding for each client that added nothing for longer than it may.

    Args:
        host: the store.
        clients: by name, with `folder` and `silent_hours`.
        now: Unix time.
    """
    found = []
    for name, told in clients.items():
        heard = last_heard(Path(told["folder"]))
        if heard is not None and now - heard <= float(told["silent_hours"]) * HOUR_S:
            continue
        said = "never sent a copy" if heard is None else f"sent its last copy {age(round(now - heard))} ago"
        what = f"Client {name} of the store {host} {said}: it is down, or its copies fail."
        command = f"sudo ls -lt {told['folder']}/snapshots | head   # on {host}; then ask {name} itself"
        found.append(Finding("CLIENT_SILENT", what, f"copies of {name} on {host}", command))
    return found
