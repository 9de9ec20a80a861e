"""Processes that take turns: rigs that start side by side do once what one of them can do for all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def of_one_user(name: str) -> Iterator[None]:
    """Wait until no other process of this user does what `name` says."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "slipway")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
