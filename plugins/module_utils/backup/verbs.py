"""What people ask of this host's copies: make one now, list them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict

from . import state
from .config import Config
from .errors import BackupError
from .restic import Restic

SERVICE = "slipway-backup.service"
LINES = 30


def made(config: Config) -> dict[str, object]:
    """Copy the data now, as the timer does, and wait for the end.

    Returns:
        `said`: the lines that it wrote.

    Raises:
        BackupError: no copy of each app was read back.
    """
    began = time.time()
    done = subprocess.run(["systemctl", "start", SERVICE], capture_output=True, text=True, check=False)
    said = _journal(began)
    last = state.read(config.places.state).get("backup", {})
    if done.returncode or not said:
        raise BackupError(
            f"{config.host}: no good copy was made." if said else f"{config.host}: {SERVICE} did not run.",
            evidence=str(last.get("said") or "").splitlines() if said else done.stderr.splitlines(),
            fix="do what it says" if said else "`slipway deploy ENV` brings the program that it calls",
        )
    return {"said": said}


def listed(config: Config, app: str = "") -> dict[str, object]:
    """Return the copies in the store, the newest first, of one app or of all, and what is known of the last run.

    Raises:
        BackupError: the store can't be read.
    """
    copies: list[Mapping[str, object]] = [asdict(each) for each in reversed(Restic(config).copies(app))]
    return {"copies": copies, "apps": list(config.apps), "last": state.read(config.places.state).get("backup", {})}


def _journal(since: float) -> list[str]:
    """Return what the service wrote from a Unix time on; its own lines, not those of systemd about it."""
    only = ["--identifier", "python3", "--output", "cat", "--no-pager", "--lines", str(LINES)]
    command = ["journalctl", "--unit", SERVICE, "--since", f"@{since:.6f}", *only]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line for line in done.stdout.splitlines() if line and not line.startswith("-- ")]
