"""What systemd knows about a unit, and how old its files are. Reads only."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROPERTIES = (
    "LoadState,ActiveState,UnitFileState,NeedDaemonReload,FragmentPath,DropInPaths,ActiveEnterTimestampMonotonic"
)


@dataclass(frozen=True)
class Facts:
    """A unit's state; `stale` names the first file that was replaced after the unit was started."""

    known: bool
    active: bool
    enabled: bool
    needs_reload: bool
    stale: str | None


def look(unit: str, files: Iterable[str]) -> Facts:
    """Return the facts of `unit`, whose own files and `files` count for its age."""
    shown = subprocess.run(["systemctl", "show", unit, f"--property={PROPERTIES}"], check=True, capture_output=True)
    told = dict(line.split("=", 1) for line in shown.stdout.decode().splitlines() if "=" in line)
    active = told["ActiveState"] in {"active", "reloading"}
    own = [path for path in (told["FragmentPath"], *told["DropInPaths"].split()) if path]
    return Facts(
        known=told["LoadState"] == "loaded",
        active=active,
        enabled=told["UnitFileState"] in {"enabled", "static", "indirect"},
        needs_reload=told["NeedDaemonReload"] == "yes",
        stale=_replaced_since(_wall_clock(int(told["ActiveEnterTimestampMonotonic"])), [*own, *files])
        if active
        else None,
    )


def _wall_clock(monotonic_us: int) -> float:
    return time.time() - (time.monotonic() - monotonic_us / 1e6)


def _replaced_since(moment: float, paths: Iterable[str]) -> str | None:
    # The change time, since a copied file may carry the modification time of its source.
    newer = (path for path in paths if Path(path).exists() and Path(path).stat().st_ctime > moment)
    return next(newer, None)
