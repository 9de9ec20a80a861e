"""How old the last good copy of the apps' data is, and when copies were last proved."""

from __future__ import annotations

import time
from pathlib import Path

from ..release.files import read_json

Tree = dict[str, object]

CONFIG = Path("/etc/slipway/backup.json")
STATE = Path("/var/lib/slipway/backup/state.json")


def read(config: Path = CONFIG, state: Path = STATE) -> Tree:
    """Return the topic `copies`: whether any are `declared`, and if so `every_minutes`, `age_s`, `good` and `said`.

    `age_s` is of the last good run, or of the declaration where there was none yet; `good` is None then. `drill` and
    `check` have the same of theirs, counted from the first copy; they are missing before it.
    """
    told = read_json(config)
    if told is None:
        return {"declared": False}
    known = read_json(state) or {}
    backup, first = _last(known, "backup"), _number(_last(known, "backup").get("first"))
    proofs = {verb: _run(_last(known, verb), first) for verb in ("drill", "check") if first}
    every = _number(told.get("every_minutes"))
    return {"declared": True, "every_minutes": every, **_run(backup, config.stat().st_mtime), **proofs}


def _run(last: Tree, since: float) -> Tree:
    """Return how a verb's last run went, whose first was due from a Unix time on."""
    good_at = max(_number(last.get("last_ok")), since)
    good = bool(last["ok"]) if "ok" in last else None
    return {"age_s": max(0.0, time.time() - good_at), "good": good, "said": str(last.get("said", ""))}


def _last(known: Tree, verb: str) -> Tree:
    last = known.get(verb)
    return last if isinstance(last, dict) else {}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
