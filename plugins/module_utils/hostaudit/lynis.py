"""Lynis: the host's hardening index and what is open; once with every test, once without those that can't apply."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .packages import run

Tree = dict[str, object]

TIMEOUT_S = 600
SHOWN = 2000
# Lynis refuses to run beside another; a run that was cut off leaves this behind.
PID_FILE = Path("/run/lynis.pid")
# Opens every root certificate of the system by a process of its own; the sites' certificates are testssl's part.
TESTSSLS = "CRYP-7902"
# What Lynis misreads, each with the command and the words that show what it overlooks: for the default drop it looks in
# iptables only, and for the security archive for one host name or for one-line sources. Without the words it is asked.
MISREAD: dict[str, tuple[list[str], str]] = {
    "FIRE-4508": (["nft", "list", "chain", "inet", "slipway", "input"], r"hook input .*policy drop"),
    "PKGS-7388": (["apt-cache", "policy"], r"l=Debian-Security|a=\w+-security"),
}
# What the machine below decides: devices that are plugged in, the kernel's access control, audit and settings but for
# the network's. Asking a host for them says nothing about the host; the reasons are in slipway/audit/deviations.yml.
MACHINES = {"container": ("ACCT-9628", "MACF-6290", "USB-3000"), "vm": ("USB-3000",)}
SETTINGS = "KRNL-6000"


class NoScoreError(Exception):
    """Lynis ended without a hardening index; the message is what it said last."""


def audit(root: Path, folder: Path) -> Tree:
    """Run Lynis twice from unpacked files: return `index`, `warnings`, `suggestions`, `skipped`, and `raw`.

    `raw` has the first three of the run that leaves nothing out.
    """
    profile = (root / "etc/lynis/default.prf").read_text(encoding="utf-8")
    kind = virtualisation()
    skipped = not_to_ask(profile, kind, misread())
    raw = scored(root, folder / "raw", profile)
    lines = [f"skip-test={test}" for test in (TESTSSLS, *skipped)]
    return {**scored(root, folder / "left", "\n".join([profile, *lines, ""])), "skipped": skipped, "raw": raw}


def scored(root: Path, folder: Path, profile: str) -> Tree:
    """Run Lynis once in a folder that it makes; Lynis looks for its parts in the working directory.

    Raises:
        NoScoreError: it did not come to its end.
    """
    home = folder / "lynis"
    shutil.copytree(root / "usr/share/lynis", home)
    shutil.copy(root / "usr/sbin/lynis", home / "lynis")
    (home / "default.prf").write_text(profile, encoding="utf-8")
    shutil.copytree(root / "etc/lynis/plugins", home / "plugins", dirs_exist_ok=True)
    report = folder / "lynis-report.dat"
    PID_FILE.unlink(missing_ok=True)
    flags = ["--quick", "--quiet", "--no-colors", "--profile", "default.prf", "--plugindir", "plugins"]
    files = ["--logfile", str(folder / "lynis.log"), "--report-file", str(report)]
    said = ""
    try:
        run(["sh", "./lynis", "audit", "system", *flags, *files], home, TIMEOUT_S)
    except subprocess.CalledProcessError as error:
        # Lynis exits with other codes than 0 when it has warnings; the report tells.
        said = f": {error.stdout}{error.stderr}"[-SHOWN:]
    finally:
        PID_FILE.unlink(missing_ok=True)
    found = parse(report.read_text(encoding="utf-8", errors="replace") if report.exists() else "")
    if not found["index"]:
        raise NoScoreError(f"Lynis ended without a hardening index{said}")
    return found


def misread() -> list[str]:
    """Return the ids of tests whose answer this host has where Lynis does not look."""
    return [test for test, (command, words) in MISREAD.items() if re.search(words, _said(command))]


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, check=False, capture_output=True, text=True).stdout
    except OSError:
        return ""


def virtualisation() -> str:
    """Return `container`, `vm`, or nothing for a machine of its own."""
    for kind in MACHINES:
        if subprocess.run(["systemd-detect-virt", "--quiet", f"--{kind}"], check=False).returncode == 0:
            return kind
    return ""


def not_to_ask(profile: str, kind: str, misread: Iterable[str] = tuple(MISREAD)) -> list[str]:
    """Return the ids of tests that Lynis misreads, or that ask for what such a machine does not own.

    Args:
        profile: text of Lynis's profile, which lists the kernel settings as `config-data=sysctl;KEY;...`.
        kind: as `virtualisation` tells it.
        misread: as `misread` tells it.
    """
    tests = [*misread, *MACHINES.get(kind, ())]
    if kind == "container":
        keys = [line.split(";")[1] for line in profile.splitlines() if line.startswith("config-data=sysctl;")]
        tests += [f"{SETTINGS}:{key}" for key in keys if not key.startswith("net.")]
    return tests


def parse(report: str) -> Tree:
    """Return the figures of a Lynis report: `key=value` lines, lists as `key[]=id|text|...`."""
    pairs = [line.partition("=")[::2] for line in report.splitlines() if "=" in line and not line.startswith("#")]
    table = dict(pairs)

    def listed(key: str) -> list[Tree]:
        found = [value.split("|") for name, value in pairs if name == key]
        return [{"id": words[0], "text": words[1] if len(words) > 1 else ""} for words in found]

    return {
        "version": table.get("lynis_version", ""),
        "index": int(table.get("hardening_index", 0) or 0),
        "warnings": listed("warning[]"),
        "suggestions": listed("suggestion[]"),
    }
