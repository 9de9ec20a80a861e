"""Which release of each app is live, from the files that decide it."""

from __future__ import annotations

from pathlib import Path

from ..release.files import read_json
from ..release.process import MAIN
from .sources import text

Tree = dict[str, object]

APPS = Path("/var/lib/slipway/apps")


def read(root: Path = APPS) -> Tree:
    """Return the topic `releases`: `apps`, name to `slot`, `release`, its further `processes` and `maintenance`."""
    live = sorted(root.glob("*/live"))
    return {"apps": {folder.parent.name: _live(folder) for folder in live}}


def _live(folder: Path) -> Tree:
    slot = "green" if (folder / "green").exists() else "blue"
    release = text(folder / f"{slot}.release").strip()
    record = read_json(folder.parent / "releases" / release / "release.json") or {}
    processes = record.get("processes")
    return {
        "slot": slot,
        "release": release,
        "processes": sorted(name for name in processes if name != MAIN) if isinstance(processes, dict) else [],
        "maintenance": (folder / "maintenance").exists(),
    }
