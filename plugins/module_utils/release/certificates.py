"""First certificates that are still missing, as what asks for them says (role `caddy`)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable

from .plain import plain_line

UNIT = "caddy-certificates.service"
# It quotes what an authority answered.
SHOWN = 400
TIMEOUT_S = 10


def waiting() -> str:
    """Return what was said last, on one line; empty where nothing is missing."""
    state = dict(
        line.split("=", 1)
        for line in _output(["systemctl", "show", "--property=ActiveState,InvocationID", UNIT]).splitlines()
        if "=" in line
    )
    if state.get("ActiveState") != "active":
        return ""
    journal = ["journalctl", "--quiet", "--output=cat", "--lines=1", f"_SYSTEMD_INVOCATION_ID={state['InvocationID']}"]
    return plain_line(_output(journal).strip())[:SHOWN]


def missing(said: str, names: Iterable[str]) -> str:
    """Return what was said about the first of the names that it is about, as `NAME: ...`; empty where about none."""
    listed, _, rest = said.partition(": ")
    about = [name for name in names if name in listed.split(", ")]
    return f"{about[0]}: {rest}" if about else ""


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
