"""Debian packages: what is there is a question to dpkg, what is to come is one apt transaction."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

LISTS = Path("/var/lib/apt/lists")
# A mirror's index is usable that long before a package it names is likely to be gone.
LISTS_VALID_S = 86_400
# invoke-rc.d(8) asks this program whether a package may start its service; 101 is "no".
POLICY = Path("/usr/sbin/policy-rc.d")
MARK = "# Slipway's, while it installs packages."
# Files here are steps that dpkg has not ended: apt refuses to work until it has.
UPDATES = Path("/var/lib/dpkg/updates")
# Unattended upgrades hold dpkg's lock for minutes.
LOCK_TIMEOUT_S = 300
# What a package makes is for all to read, whatever the umask of the login.
UMASK = 0o022
UNATTENDED = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1", "LC_ALL": "C"}


class AptError(Exception):
    """apt or dpkg failed; the message holds its own words."""


def status_command(names: Sequence[str]) -> list[str]:
    """Return the command that prints a line `<status> <name>` for each package dpkg knows."""
    return ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev} ${Package}\\n", *names]


def installed(listing: str) -> set[str]:
    """Return the names in the output of `status_command` that are installed completely (dpkg-query(1): `ii`, `hi`)."""
    lines = (line.split() for line in listing.splitlines() if line.strip())
    return {words[-1] for words in lines if words[0] in {"ii", "hi"}}


def missing(names: Sequence[str]) -> list[str]:
    """Return those of the packages that are not installed, in their order."""
    if not names:
        return []  # without a name dpkg-query lists all
    listing = subprocess.run(status_command(names), capture_output=True, text=True, check=False).stdout
    present = installed(listing)
    return [name for name in names if name not in present]


def apt_command(verb: str, names: Sequence[str] = ()) -> list[str]:
    """Return the command for `update` or `install`; files that an admin changed stay as they are."""
    options = [f"-oDPkg::Lock::Timeout={LOCK_TIMEOUT_S}", "-oDpkg::Options::=--force-confdef"]
    options += ["-oDpkg::Options::=--force-confold", "-oAcquire::Retries=2", "-qq", "-y"]
    return ["apt-get", *options, *(["--no-install-recommends"] if names else []), verb, *names]


def install(names: Sequence[str], unstarted: Sequence[str]) -> None:
    """Install the packages in one transaction, with the lists brought up to date when they are old.

    The services in `unstarted` are left to whoever configures them first.

    Raises:
        AptError: a list can't be fetched, a name is unknown, or a package fails to configure.
    """
    get_ready()
    ours = deny_start(unstarted)
    try:
        run(apt_command("install", names))
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)


def get_ready() -> None:
    """Bring the lists up to date when they are old, and end what dpkg was interrupted in.

    Raises:
        AptError: a list can't be fetched, or a half installed package fails to configure.
    """
    if UPDATES.is_dir() and any(UPDATES.iterdir()):
        run(["dpkg", "--force-confdef", "--force-confold", "--configure", "--pending"])
    stamp = LISTS / "slipway-updated"
    if not stamp.exists() or time.time() - stamp.stat().st_mtime > LISTS_VALID_S:
        run(apt_command("update"))
        stamp.touch()


def policy(unstarted: Sequence[str]) -> str:
    """Return the program that says no for these services and yes for all others."""
    patterns = "|".join(f"{name}|{name}.service|{name}.socket" for name in unstarted)
    return f'#!/bin/sh\n{MARK}\ncase "$1" in {patterns}) exit 101 ;; esac\n'


def deny_start(unstarted: Sequence[str]) -> bool:
    """Answer for these services, unless somebody's own policy is in place; tells whether there is one to remove."""
    if not unstarted or (POLICY.exists() and MARK not in POLICY.read_text(encoding="utf-8", errors="replace")):
        return False
    POLICY.write_text(policy(unstarted), encoding="utf-8")
    POLICY.chmod(0o755)
    return True


def run(command: list[str]) -> None:
    """Run apt or dpkg without questions."""
    environment = {**os.environ, **UNATTENDED}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, umask=UMASK)
    if done.returncode:
        raise AptError(f"`{' '.join(command)}` failed: {(done.stderr or done.stdout).strip()}")
