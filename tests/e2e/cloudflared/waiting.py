"""Wait for what will come about; what was said meanwhile is the evidence if it does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

LIMIT_S = 60.0  # the machine may be busy
BETWEEN_S = 0.1


def until(what: Callable[[], bool], evidence: Path) -> float:
    """Return the seconds until it holds."""
    start = time.monotonic()
    while not what():
        assert time.monotonic() - start < LIMIT_S, evidence.read_text()
        time.sleep(BETWEEN_S)
    return time.monotonic() - start
