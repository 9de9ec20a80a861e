"""Runs the image's own command, and starts it again when a file below the folders given changes.

Usage: python reload.py FOLDER... -- COMMAND...; mounted into the app's container by compose/local/overlay.yml.j2.
It needs nothing but Python's standard library, 3.9 or newer, since it runs in whatever image the app has.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

INTERVAL_S = 0.25  # a change shows after this and a start of the app; asking a few hundred files costs a millisecond
GRACE_S = 5
IGNORED = {"__pycache__", ".git", "node_modules"}

Times = dict[str, int]


def snapshot(folders: list[str]) -> Times:
    """Return path and time of change of every file, so that new and removed files count too."""
    found: Times = {}
    for folder in folders:
        for parent, children, files in os.walk(folder):
            children[:] = [child for child in children if child not in IGNORED]
            for file in files:
                path = Path(parent, file)
                with contextlib.suppress(OSError):  # gone since it was listed
                    found[str(path)] = path.stat().st_mtime_ns
    return found


def changed(before: Times, after: Times) -> str:
    """Return one file that differs."""
    return next(path for path in sorted(before.keys() | after.keys()) if before.get(path) != after.get(path))


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start the command in a process group of its own."""
    return subprocess.Popen(command, start_new_session=True)


def stop(child: subprocess.Popen[bytes]) -> None:
    """End the command and all that it started."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def leave(_number: int, _frame: FrameType | None) -> None:
    """End in order: the command is stopped on the way out."""
    sys.exit(0)


def main(folders: list[str], command: list[str]) -> None:
    """Run until SIGTERM; a command that ended by itself (a mistake in the code) starts again at the next change."""
    signal.signal(signal.SIGTERM, leave)
    seen, child = snapshot(folders), start(command)
    try:
        while True:
            time.sleep(INTERVAL_S)
            now = snapshot(folders)
            if now != seen:
                print(f"reload: {changed(seen, now)} changed", flush=True)
                stop(child)
                seen, child = now, start(command)
    finally:
        stop(child)


if __name__ == "__main__":
    split = sys.argv.index("--")
    main(sys.argv[1:split], sys.argv[split + 1 :])
