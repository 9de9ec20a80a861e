"""Disk, memory, failed units, updates and reboots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ..findings.finding import Finding

Tree = Mapping[str, object]

GIB = 2**30
MIB = 2**20
DAY_S = 86400
# Below this share a host with a busy log is full within days; below a GiB a release does not fit.
FREE_SHARE = 0.10
MEMORY_SHARE = 0.05
LISTS_MAX_DAYS = 3
SHOWN = 4


def disks(host: str, system: Tree) -> list[Finding]:
    """Return a finding for each full file system, by space or by inodes."""
    found = []
    told = cast("Mapping[str, Mapping[str, int]]", system["disks"])
    for path, disk in told.items():
        if disk["free"] < min(GIB, disk["total"] * FREE_SHARE):
            what = f"{path} has {disk['free'] / MIB:.0f} MiB of {disk['total'] / MIB:.0f} MiB left."
            command = f"sudo du -xh --max-depth=2 {path} | sort -h | tail   # on {host}"
            found.append(Finding("DISK_FULL", what, f"{path} on {host}", command))
        if disk["inodes"] and disk["inodes_free"] < disk["inodes"] * FREE_SHARE:
            what = f"{path} has {disk['inodes_free']} of {disk['inodes']} inodes left."
            command = f"sudo du -x --inodes --max-depth=3 {path} | sort -n | tail   # on {host}"
            found.append(Finding("INODES_FULL", what, f"{path} on {host}", command))
    return found


def memory(host: str, system: Tree) -> list[Finding]:
    """Return a finding when next to no memory is available."""
    told = cast("Mapping[str, int]", system["memory"])
    if not told or told["available"] >= told["total"] * MEMORY_SHARE:
        return []
    what = f"{host} has {told['available'] / MIB:.0f} MiB of {told['total'] / MIB:.0f} MiB memory available."
    command = f"ps -eo rss,comm --sort=-rss | head   # on {host}; memory_mib in slipway_apps bounds an app"
    return [Finding("MEMORY_LOW", what, f"processes on {host}", command)]


def units(host: str, upkeep: Tree) -> list[Finding]:
    """Return a finding for each failed unit, and for each that should run and does not."""
    failed = cast("list[str]", upkeep["failed"])
    states = cast("Mapping[str, str]", upkeep["states"])
    found = [
        Finding(
            "UNIT_FAILED",
            f"Unit {unit} has failed.",
            f"{unit} on {host}",
            f"sudo systemctl status {unit}   # on {host}",
        )
        for unit in failed
    ]
    codes = {
        "caddy.socket": "CADDY_DOWN",
        "docker.service": "ENGINE_DOWN",
        "apt-daily.timer": "UPGRADES_OFF",
        "apt-daily-upgrade.timer": "UPGRADES_OFF",
        "unattended-upgrades.service": "UPGRADES_OFF",
    }
    for unit, code in codes.items():
        if states.get(unit, "absent") != "active" and unit not in failed:
            what = f"{unit} is {states.get(unit, 'absent')}; it should be active."
            found.append(Finding(code, what, f"{unit} on {host}", f"sudo systemctl enable --now {unit}   # on {host}"))
    return found


def updates(host: str, upkeep: Tree) -> list[Finding]:
    """Return what is due: security updates, fresh package lists, a reboot."""
    found = []
    pending = cast("list[str] | None", upkeep["security_updates"])
    if pending is None:
        what = f"apt on {host} can't tell which security updates are pending, nor install any."
        command = f"sudo apt-get --simulate upgrade   # on {host}: says why; often `sudo apt-get --fix-broken install`"
        found.append(Finding("UPDATES_UNKNOWN", what, host, command))
    elif pending:
        shown = ", ".join(pending[:SHOWN]) + (", ..." if len(pending) > SHOWN else "")
        what = f"{len(pending)} security updates are pending on {host}: {shown}."
        command = f"sudo unattended-upgrade   # on {host}; it runs by itself once per day"
        found.append(Finding("SECURITY_UPDATES", what, host, command, "warning"))
    if upkeep["reboot_due"]:
        packages = cast("list[str]", upkeep["reboot_for"])
        reason = f" (for {', '.join(packages)})" if packages else ""
        command = f"sudo systemctl reboot   # on {host}; the apps come back by themselves"
        found.append(Finding("REBOOT_DUE", f"{host} waits for a reboot{reason}.", host, command, "warning"))
    return found


def package_lists(host: str, upkeep: Tree, now: float) -> list[Finding]:
    """Return a finding when the package lists are so old that updates are missed."""
    days = (now - cast("float", upkeep["lists_updated"])) / DAY_S
    if days <= LISTS_MAX_DAYS:
        return []
    age = f"{days:.0f} days old" if upkeep["lists_updated"] else "not there"
    what = f"The package lists of {host} are {age}: updates are missed."
    return [Finding("LISTS_STALE", what, f"apt on {host}", f"sudo apt-get update   # on {host}", "warning")]
