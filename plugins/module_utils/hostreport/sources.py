"""Where topics read from: files, programs and the host's resolver."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

TIMEOUT_S = 10


def text(path: str | Path) -> str:
    """Return a file's text, empty where it can't be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def output(command: list[str], timeout_s: float = TIMEOUT_S) -> str:
    """Return what a program prints, empty where it is absent, fails or takes longer than `timeout_s`."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=timeout_s)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def addresses_of(name: str) -> list[str]:
    """Return the addresses that the host's resolver knows for a name, or none."""
    try:
        return sorted({str(row[4][0]) for row in socket.getaddrinfo(name, None)})
    except OSError:
        return []
