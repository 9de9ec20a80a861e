"""The host as it is: rights, distribution, room, clock, and who holds the web ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from ansible_collections.slipway.kit.plugins.module_utils.release.process import MAIN
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding

from .apps import Place

Tree = Mapping[str, object]

MIN_FREE_BYTES = 2**30
MAX_SKEW_S = 5.0
# Tested; the roles use Debian's own packages of these releases.
SUPPORTED = {("debian", "13"): "Debian 13"}
# Same packages by the same names, from these versions on; not part of our tests.
UNTESTED = {"debian": 13, "ubuntu": 24}
WEB_PORTS = {("tcp", 80), ("tcp", 443), ("udp", 443)}
OURS = "caddy"


def rights(name: str, system: Tree) -> list[Finding]:
    """Return a finding when the module did not run as root."""
    if system["is_root"]:
        return []
    what = f"Ansible is not root on {name}."
    return [Finding("NO_ROOT", what, f"ansible_become of {name} in the inventory", "set ansible_become: true")]


def distribution(name: str, system: Tree) -> list[Finding]:
    """Return an error for a foreign distribution, a warning for a relative that is not tested."""
    found = cast("Mapping[str, str]", system["distribution"])
    kind, version, shown = found["id"], found["version"], found["name"] or "an unknown system"
    if (kind, version) in SUPPORTED:
        return []
    major = version.split(".", maxsplit=1)[0]
    if kind in UNTESTED and major.isdigit() and int(major) >= UNTESTED[kind]:
        what = f"{name} runs {shown}; the kit is tested on {', '.join(SUPPORTED.values())} only."
        return [Finding("DISTRIBUTION_UNTESTED", what, name, "try it on a copy first", "warning")]
    what = f"{name} runs {shown}; the kit supports {', '.join(SUPPORTED.values())} (Ubuntu from 24.04 on, untested)."
    return [Finding("DISTRIBUTION", what, "the image that the provider installed", f"reinstall {name} with Debian 13")]


def room(name: str, system: Tree) -> list[Finding]:
    """Return a finding for each path with less than 1 GiB free."""
    disks = cast("Mapping[str, Mapping[str, int]]", system["disks"])
    found = []
    seen: set[int] = set()
    for path, disk in disks.items():
        if disk["free"] < MIN_FREE_BYTES and disk["free"] not in seen:
            seen.add(disk["free"])
            what = f"{name} has {disk['free'] / 2**20:.0f} MiB free on {path}; 1024 MiB are needed."
            found.append(
                Finding("DISK", what, f"{path} on {name}", f"sudo du -xh --max-depth=2 {path} | sort -h | tail")
            )
    return found


def limits(name: str, system: Tree, apps: Iterable[Tree], place: Place) -> list[Finding]:
    """Return a finding for each app that declares more processors or memory than the host has: no slot would start."""
    found = []
    processors = cast("int", system["processors"])
    total_mib = cast("Mapping[str, int]", system["memory"]).get("total", 0) // 2**20
    for app in apps:
        own, limited = str(app["name"]), _limited(app)
        for whose, cpus, _ in limited:
            if cpus > processors:
                what = f"{whose} declares `cpus: {cpus:g}`, and {name} has {processors}."
                found.append(Finding("TOO_LARGE", what, place(own, "cpus"), f"nproc   # on {name}; lower cpus"))
        wanted_mib = sum(memory_mib for _, _, memory_mib in limited)
        if total_mib and wanted_mib > total_mib:
            parts = f" in {len(limited)} containers" if len(limited) > 1 else ""
            what = f"App {app['name']} declares `memory_mib: {wanted_mib}`{parts}, and {name} has {total_mib} MiB."
            next_step = f"free --mebi   # on {name}; lower memory_mib"
            found.append(Finding("TOO_LARGE", what, place(own, "memory_mib"), next_step))
    return found


def _limited(app: Mapping[str, object]) -> list[tuple[str, float, int]]:
    """Return who is limited, to how many processors and how much memory in MiB: a slot's containers, services."""
    name = f"App {app['name']}"
    named = [
        (name if one["name"] == MAIN else f"{name}, process {one['name']},", one)
        for one in cast("list[Mapping[str, Any]]", app["containers"])
    ]
    named += [(f"{name}, service {one['name']},", one) for one in cast("list[Mapping[str, Any]]", app["services"])]
    return [(whose, float(one["cpus"]), int(one["memory_mib"])) for whose, one in named]


def clock(name: str, system: Tree, asked_at: float, answered_at: float) -> list[Finding]:
    """Return a finding when the host's clock is off by more than 5 s from the control machine's.

    The host read its clock somewhere between `asked_at` and `answered_at` (Unix times), so only what lies outside
    that span counts as skew.
    """
    at = cast("float", system["clock"])
    skew = at - answered_at if at > answered_at else min(0.0, at - asked_at)
    if abs(skew) <= MAX_SKEW_S:
        return []
    way = "ahead of" if skew > 0 else "behind"
    what = (
        f"The clock of {name} is {abs(skew):.0f} s {way} this machine's; more than {MAX_SKEW_S:.0f} s breaks "
        "certificates and logs. One of the two is wrong."
    )
    return [Finding("CLOCK", what, f"time synchronisation of {name}", "timedatectl status   # on both")]


def web_ports(name: str, network: Tree, sockets: Tree, exposures: Iterable[str]) -> list[Finding]:
    """Return a finding for each web port that another program than Caddy holds, where an app needs them."""
    if not {"public", "lan"} & set(exposures):
        return []
    activated = cast("Mapping[str, str]", network["activated"])
    ours = {listen.rsplit(":", 1)[-1] for listen, unit in activated.items() if unit.startswith(OURS)}
    found: dict[tuple[object, object], Finding] = {}
    for one in cast("list[Mapping[str, object]]", sockets["listeners"]):
        program, port = str(one["program"]) or "an unknown program", one["port"]
        if (one["protocol"], port) not in WEB_PORTS or program == OURS:
            continue
        if program == "systemd" and str(port) in ours:
            continue
        what = f"Port {port}/{one['protocol']} of {name} is taken by {program} (process {one['pid']}); Caddy needs it."
        unit = f"sudo systemctl status {one['pid']}   # then: systemctl disable --now UNIT"
        found.setdefault((port, program), Finding("PORT_TAKEN", what, f"{program} on {name}", unit))
    return list(found.values())
