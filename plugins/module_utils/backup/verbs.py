"""What people ask of this host's copies: make one now, prove it, list them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict

from . import state
from .config import Config
from .errors import BackupError
from .restic import Restic

LINES = 30


FAILED: dict[state.Verb, str] = {
    "backup": "no good copy was made.",
    "drill": "the newest copies did not pass their drill.",
}


def made(config: Config, *, drill: bool = False, adopt: bool = False) -> dict[str, object]:
    """Copy the data now, as the timer does, and wait for the end.

    Args:
        config: what the host is told.
        drill: prove the copies too.
        adopt: let the data follow copies that another host of this name made.

    Returns:
        `said`: the lines that it wrote.

    Raises:
        BackupError: no copy of each app was read back, or one did not pass its drill.
    """
    if adopt:
        state.take_history(config.places.state, config.apps)
    verbs: list[state.Verb] = ["backup", "drill"] if drill else ["backup"]
    return {"said": [line for verb in verbs for line in _done(config, verb)]}


def _done(config: Config, verb: state.Verb) -> list[str]:
    """Let systemd run what the timer of a verb runs; return the lines that it wrote."""
    began, service = time.time(), f"slipway-{verb}.service"
    done = subprocess.run(["systemctl", "start", service], capture_output=True, text=True, check=False)
    said = _journal(service, began)
    last = state.read(config.places.state).get(verb, {})
    if done.returncode or not said:
        raise BackupError(
            f"{config.host}: {FAILED[verb]}" if said else f"{config.host}: {service} did not run.",
            evidence=str(last.get("said") or "").splitlines() if said else done.stderr.splitlines(),
            fix="do what it says" if said else "`slipway deploy ENV` brings the program that it calls",
        )
    return said


def listed(config: Config, app: str = "") -> dict[str, object]:
    """Return the copies in the store, the newest first, of one app or of all, and what is known of the last runs.

    Raises:
        BackupError: the store can't be read.
    """
    copies: list[Mapping[str, object]] = [asdict(each) for each in reversed(Restic(config).copies(app))]
    known = state.read(config.places.state)
    last = {"last": known.get("backup", {}), "drill": known.get("drill", {}), "check": known.get("check", {})}
    return {"copies": copies, "apps": list(config.apps), **last}


def _journal(service: str, since: float) -> list[str]:
    """Return what a service wrote from a Unix time on; its own lines, not those of systemd about it."""
    only = ["--identifier", "python3", "--output", "cat", "--no-pager", "--lines", str(LINES)]
    command = ["journalctl", "--unit", service, "--since", f"@{since:.6f}", *only]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line for line in done.stdout.splitlines() if line and not line.startswith("-- ")]
