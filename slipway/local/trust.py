"""Put the local CA's root into the stores that programs and browsers look in, and take it out again.

Every step is printed before it is done, so that it can be done, or undone, by hand.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain

NAME = "slipway-local-ca"
SYSTEM_FOLDERS = {
    # Debian, Ubuntu; then Fedora and its kin.
    Path("/usr/local/share/ca-certificates"): ["update-ca-certificates"],
    Path("/etc/pki/ca-trust/source/anchors"): ["update-ca-trust"],
}


@dataclass(frozen=True)
class Step:
    """A command, and what it is for; `optional`: it may fail, for example when there is nothing to remove."""

    purpose: str
    command: tuple[str, ...]
    as_root: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Stores:
    """What this machine has: the system's folder with its refresh command, and the NSS databases of browsers."""

    system: tuple[Path, tuple[str, ...]] | None
    browsers: tuple[Path, ...]


def stores(home: Path, *, browsers_only: bool = False) -> Stores:
    """Return the stores of this machine and of the person whose home this is."""
    folders = {} if browsers_only else SYSTEM_FOLDERS
    system = next(((folder, tuple(then)) for folder, then in folders.items() if folder.parent.is_dir()), None)
    # Chromium, Chrome and Edge share one database; Firefox has one a profile, in the home or in its snap.
    profiles = [
        database.parent
        for place in (".mozilla/firefox", "snap/firefox/common/.mozilla/firefox")
        for database in sorted((home / place).glob("*/cert9.db"))
    ]
    return Stores(system, (home / ".pki" / "nssdb", *profiles))


def install(authority: Path, found: Stores) -> list[Step]:
    """Return the steps that make the root trusted."""
    steps = []
    if found.system:
        folder, refresh = found.system
        steps.append(Step("all programs", ("install", "-m", "644", str(authority), str(folder / f"{NAME}.crt")), True))
        steps.append(Step("all programs", refresh, True))
    for database in found.browsers:
        if not (database / "cert9.db").exists():
            steps.append(Step("browsers", ("mkdir", "-p", str(database))))
            steps.append(Step("browsers", ("certutil", "-N", "-d", f"sql:{database}", "--empty-password")))
        added = ("certutil", "-A", "-d", f"sql:{database}", "-t", "C,,", "-n", NAME, "-i", str(authority))
        steps.append(Step("browsers", added))
    return steps


def remove(found: Stores) -> list[Step]:
    """Return the steps that take it back."""
    steps = []
    if found.system:
        folder, refresh = found.system
        steps.append(Step("all programs", ("rm", "-f", str(folder / f"{NAME}.crt")), True))
        steps.append(Step("all programs", refresh, True))
    for database in found.browsers:
        if (database / "cert9.db").exists():
            removed = ("certutil", "-D", "-d", f"sql:{database}", "-n", NAME)
            steps.append(Step("browsers", removed, optional=True))
    return steps


def carry_out(steps: Sequence[Step]) -> int:
    """Print and do each step; return 1 at the first that fails."""
    for step in steps:
        command = ["sudo", *step.command] if step.as_root and os.getuid() else list(step.command)
        print(f"{step.purpose:13}$ {shlex.join(command)}", flush=True)
        if shutil.which(command[0]) is None:
            print(f"{command[0]} is missing; on Debian and Ubuntu: apt-get install {PACKAGES.get(command[0], 'sudo')}")
            return 1
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode and not step.optional:
            print(plain(done.stderr).strip())
            return 1
    return 0


def trusted(authority: Path) -> bool:
    """Return whether the system's store has this very root."""
    found = stores(Path.home()).system
    copy = found[0] / f"{NAME}.crt" if found else None
    return bool(copy and copy.exists() and authority.exists() and copy.read_bytes() == authority.read_bytes())


PACKAGES = {
    "certutil": "libnss3-tools",
    "update-ca-certificates": "ca-certificates",
    "update-ca-trust": "ca-certificates",
}
