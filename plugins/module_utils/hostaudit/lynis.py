"""Lynis: the host's hardening index, its warnings and suggestions."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from .packages import run

Tree = dict[str, object]

TIMEOUT_S = 600
# Lynis refuses to run beside another; a run that was cut off leaves this behind.
PID_FILE = Path("/run/lynis.pid")
# Opens every root certificate of the system by a process of its own; the sites' certificates are testssl's part.
TESTSSLS = "CRYP-7902"
# What Lynis misreads: it looks for the security archive in one-line sources, and for the default drop in iptables only.
MISREAD = ("FIRE-4508", "PKGS-7388")
# What the machine below decides: devices that are plugged in, the kernel's access control, audit and settings but for
# the network's. Asking a host for them says nothing about the host; the reasons are in slipway/audit/deviations.yml.
MACHINES = {"container": ("ACCT-9628", "MACF-6290", "USB-3000"), "vm": ("USB-3000",)}
SETTINGS = "KRNL-6000"


def audit(root: Path, folder: Path) -> Tree:
    """Run Lynis from unpacked files and return `index`, `warnings`, `suggestions` and `skipped`.

    Lynis looks for its parts in the working directory, so that is where they are put.
    """
    home = folder / "lynis"
    shutil.copytree(root / "usr/share/lynis", home)
    shutil.copy(root / "usr/sbin/lynis", home / "lynis")
    profile = (root / "etc/lynis/default.prf").read_text(encoding="utf-8")
    skipped = not_to_ask(profile, virtualisation())
    lines = [f"skip-test={test}" for test in (TESTSSLS, *skipped)]
    (home / "default.prf").write_text("\n".join([profile, *lines, ""]), encoding="utf-8")
    shutil.copytree(root / "etc/lynis/plugins", home / "plugins", dirs_exist_ok=True)
    report = folder / "lynis-report.dat"
    PID_FILE.unlink(missing_ok=True)
    flags = ["--quick", "--quiet", "--no-colors", "--profile", "default.prf", "--plugindir", "plugins"]
    files = ["--logfile", str(folder / "lynis.log"), "--report-file", str(report)]
    try:
        run(["sh", "./lynis", "audit", "system", *flags, *files], home, TIMEOUT_S)
    except subprocess.CalledProcessError:
        # Lynis exits with other codes than 0 when it has warnings; the report tells.
        if not report.exists():
            raise
    finally:
        PID_FILE.unlink(missing_ok=True)
    return {**parse(report.read_text(encoding="utf-8", errors="replace")), "skipped": skipped}


def virtualisation() -> str:
    """Return `container`, `vm`, or nothing for a machine of its own."""
    for kind in MACHINES:
        if subprocess.run(["systemd-detect-virt", "--quiet", f"--{kind}"], check=False).returncode == 0:
            return kind
    return ""


def not_to_ask(profile: str, kind: str) -> list[str]:
    """Return the ids of tests that Lynis misreads, or that ask for what such a machine does not own.

    Args:
        profile: text of Lynis's profile, which lists the kernel settings as `config-data=sysctl;KEY;...`.
        kind: as `virtualisation` tells it.
    """
    tests = [*MISREAD, *MACHINES.get(kind, ())]
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
