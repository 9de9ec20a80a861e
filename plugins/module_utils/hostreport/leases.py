"""Leases of the release engine: whether somebody is changing an app, or died while doing so."""

from __future__ import annotations

import json
import time
from pathlib import Path

from .sources import text

Tree = dict[str, object]

APPS = Path("/var/lib/slipway/apps")
# A year: longer than any lease could be silent.
FOREVER_S = 3.2e7


def read(root: Path = APPS) -> Tree:
    """Return the topic `leases`: `held`, each with `app`, `path`, `owner` and the seconds `silent_s`."""
    found = []
    for path in sorted(root.glob("*/state/lease.json")):
        try:
            lease = json.loads(text(path))
            silent_s = time.clock_gettime(time.CLOCK_BOOTTIME) - float(lease["beat"])
            owner = str(lease["owner"])
        except (ValueError, KeyError, TypeError):
            silent_s, owner = FOREVER_S, "somebody unknown (the file is damaged)"
        found.append({"app": path.parents[1].name, "path": str(path), "owner": owner, "silent_s": silent_s})
    return {"held": found}
