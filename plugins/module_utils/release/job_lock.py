"""Jobs of an app and the changes of its data keep out of each other's way: a lock that ends with its process."""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

PAUSE_S = 0.2


class JobLock:
    """Held by any number of jobs, or by one change between its hook and its switch."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "jobs.lock"
        self._held: IO[str] | None = None

    @contextlib.contextmanager
    def shared(self, timeout_s: float) -> Iterator[bool]:
        """Hold it as a job; gives False where a change still had it when the time was over."""
        with self._path.open("w") as file:
            yield _locked(file, fcntl.LOCK_SH, timeout_s)

    def keep_out(self, timeout_s: float) -> bool:
        """Wait until no job runs and let none begin; False where one still runs when the time is over."""
        if self._held is None:
            file = self._path.open("w")
            if not _locked(file, fcntl.LOCK_EX, timeout_s):
                file.close()
                return False
            self._held = file
        return True

    def let_in(self) -> None:
        """Let jobs begin again."""
        if self._held:
            self._held.close()
            self._held = None


def _locked(file: IO[str], kind: int, timeout_s: float) -> bool:
    until = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(PAUSE_S)
        else:
            return True
