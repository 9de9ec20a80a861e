"""The previous run, so that a score has something to stand beside."""

from __future__ import annotations

import json
import time
from pathlib import Path

from slipway.places import logs


def _folder() -> Path:
    return logs() / "audit"


def previous(environment: str) -> dict[str, dict[str, str]]:
    """Return host to checker to value of the newest run that was kept, empty where there is none."""
    runs = sorted((_folder() / environment).glob("*.json"))
    if not runs:
        return {}
    kept: dict[str, dict[str, str]] = json.loads(runs[-1].read_text(encoding="utf-8"))
    return kept


def keep(environment: str, values: dict[str, dict[str, str]]) -> Path:
    """Keep the values of a run and return the file."""
    place = _folder() / environment
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.json"
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    return path
