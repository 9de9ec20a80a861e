"""How old the last good copy of the apps' data is."""

from __future__ import annotations

import time
from pathlib import Path

from ..release.files import read_json

Tree = dict[str, object]

CONFIG = Path("/etc/slipway/backup.json")
STATE = Path("/var/lib/slipway/backup/state.json")


def read(config: Path = CONFIG, state: Path = STATE) -> Tree:
    """Return the topic `copies`: whether any are `declared`, and if so `every_minutes`, `age_s`, `good` and `said`.

    `age_s` is of the last good run, or of the declaration where there was none yet; `good` is None then.
    """
    told = read_json(config)
    if told is None:
        return {"declared": False}
    last = (read_json(state) or {}).get("backup")
    last = last if isinstance(last, dict) else {}
    since = max(_number(last.get("last_ok")), config.stat().st_mtime)
    return {
        "declared": True,
        "every_minutes": _number(told.get("every_minutes")),
        "age_s": max(0.0, time.time() - since),
        "good": bool(last["ok"]) if "ok" in last else None,
        "said": str(last.get("said", "")),
    }


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
