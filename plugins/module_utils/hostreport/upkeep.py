"""Units, pending updates and reboots: what keeps a host that is left alone well."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from .sources import output, text

Tree = dict[str, object]

LISTS = Path("/var/lib/apt/lists")
WATCHED = ("caddy.socket", "docker.service", "unattended-upgrades.service")
TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer")
# `apt-get -s`: Inst openssl [3.5.1-1] (3.5.7-1 Debian-Security:13/stable-security [amd64])
INSTALLATION = re.compile(r"^Inst (\S+) (?:\[\S+\] )?\((\S+) ([^)]*)\)", re.MULTILINE)
SIMULATION_S = 20


def pending() -> list[str] | None:
    """Return the security updates that apt would install, None when it can't tell; 2 s of CPU and 100 MiB."""
    upgrade = ["apt-get", "--simulate", "--option=Debug::NoLocking=true", "upgrade"]
    return parse_security(output(upgrade, SIMULATION_S))


def read(security_updates: Callable[[], list[str] | None] = pending) -> Tree:
    """Return the topic `upkeep`; who asks often remembers the costly part and gives it."""
    return {
        "failed": parse_failed(output(["systemctl", "--failed", "--plain", "--no-legend", "--no-pager"])),
        "states": states([*WATCHED, *TIMERS]),
        "security_updates": security_updates(),
        "lists_updated": newest(LISTS),
        "reboot_due": Path("/run/reboot-required").exists(),
        "reboot_for": sorted(set(text("/run/reboot-required.pkgs").split())),
    }


def parse_failed(listing: str) -> list[str]:
    """Return the names of the failed units in `systemctl --failed`."""
    return [line.split()[0] for line in listing.splitlines() if line.strip()]


def states(units: list[str]) -> dict[str, str]:
    """Return `active`, `inactive`, `failed`... for each unit; `absent` where it is not installed."""
    properties = ["--property=Id", "--property=LoadState", "--property=ActiveState"]
    found = {}
    for block in output(["systemctl", "show", *properties, "--", *units]).split("\n\n"):
        values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in values:
            found[values["Id"]] = "absent" if values["LoadState"] == "not-found" else values["ActiveState"]
    return found


def parse_security(simulation: str) -> list[str] | None:
    """Return the packages that a simulated upgrade would take from a security archive, None when apt could not tell."""
    if not simulation:
        return None
    return [name for name, _, origin in INSTALLATION.findall(simulation) if "security" in origin.lower()]


def newest(folder: Path) -> float:
    """Return when the package lists were last fetched (Unix time), 0 where they never were."""
    try:
        return max((entry.stat().st_mtime for entry in folder.iterdir() if entry.is_file()), default=0.0)
    except OSError:
        return 0.0
