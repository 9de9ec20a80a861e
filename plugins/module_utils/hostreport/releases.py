"""Which release of each app is live, from the files that decide it."""

from __future__ import annotations

from pathlib import Path

from .sources import text

Tree = dict[str, object]

APPS = Path("/var/lib/slipway/apps")


def read(root: Path = APPS) -> Tree:
    """Return the topic `releases`: `apps`, name to `slot`, `release` and `maintenance`."""
    live = sorted(root.glob("*/live"))
    return {"apps": {folder.parent.name: _live(folder) for folder in live}}


def _live(folder: Path) -> Tree:
    slot = "green" if (folder / "green").exists() else "blue"
    return {
        "slot": slot,
        "release": text(folder / f"{slot}.release").strip(),
        "maintenance": (folder / "maintenance").exists(),
    }
