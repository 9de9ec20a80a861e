"""Packages whose installation goes on by itself, as a unit of systemd, while the roles that need none do their work."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from . import POLICY, UMASK, UNATTENDED, AptError, apt_command, deny_start, get_ready, missing

UNIT = "slipway-packages.service"
# Where systemd keeps a unit of `systemd-run` for as long as there is one: a look costs nothing.
TRANSIENT = Path("/run/systemd/transient") / UNIT
PAUSE_S = 0.1
LONGEST_S = 900


def begin(names: Sequence[str], unstarted: Sequence[str]) -> None:
    """Begin to install the packages; whoever needs one asks `lacking`, and installs what is.

    Raises:
        AptError: a list can't be fetched, or systemd does not take the unit.
    """
    get_ready()
    command = begin_command(names, remove_policy=deny_start(unstarted))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AptError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")


def begin_command(names: Sequence[str], *, remove_policy: bool) -> list[str]:
    """Return the command that hands the installation to systemd and comes back at once."""
    unit = ["systemd-run", "--quiet", "--collect", f"--unit={UNIT}", f"--property=UMask={UMASK:04o}"]
    unit += [f"--setenv={name}={value}" for name, value in UNATTENDED.items()]
    # systemd's, not ours: the module ends long before apt does.
    unit += [f"--property=ExecStopPost=/usr/bin/rm -f {POLICY}"] if remove_policy else []
    return [*unit, *apt_command("install", names)]


def lacking(names: Sequence[str]) -> list[str]:
    """Return those of the packages that are not installed, when nothing that was begun could still bring them.

    Raises:
        AptError: what was begun does not end.
    """
    found = missing(names)
    if found and TRANSIENT.exists():
        wait()
        found = missing(found)
    return found


def wait() -> None:
    """Return when nothing that was begun is going on any more, well ended or not.

    Raises:
        AptError: it does not end.
    """
    deadline = time.monotonic() + LONGEST_S
    while TRANSIENT.exists():
        asked = ["systemctl", "show", "-P", "ActiveState", UNIT]
        state = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        if state not in ("active", "activating", "deactivating"):
            return
        if time.monotonic() > deadline:
            raise AptError(f"{UNIT} has not ended in {LONGEST_S} s; `journalctl -u {UNIT}` on the host tells why.")
        time.sleep(PAUSE_S)
