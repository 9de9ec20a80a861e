"""The apps: their containers, leases and maintenance mode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from ..findings.finding import Finding

Tree = Mapping[str, object]

MIB = 2**20


def containers(host: str, names: Iterable[str], releases: Tree, engine: Tree) -> list[Finding]:
    """Return a finding for each live container that is not there, not running, unhealthy or short of memory."""
    if not engine["answers"]:
        return []
    live = cast("Mapping[str, Tree]", releases["apps"])
    running = {_name(one): one for one in cast("list[Tree]", engine["containers"])}
    found = []
    for app in names:
        state = live.get(app)
        if state is None or not state["release"]:
            what = f"App {app} is declared and was never released on {host}."
            found.append(Finding("APP_MISSING", what, f"app {app} on {host}", "slipway deploy ENV"))
            continue
        slot = f"{app}-{state['slot']}"
        for name in (slot, *(f"{slot}-{process}" for process in cast("list[str]", state["processes"]))):
            if fault := _fault(running.get(name)):
                what = f"The live container of app {app} ({name}, release {state['release']}) {fault}."
                command = f"sudo docker logs --tail 50 {name}   # on {host}; then: slipway deploy ENV"
                found.append(Finding("CONTAINER_DOWN", what, f"app {app} on {host}", command))
    return found


def _fault(container: Tree | None) -> str:
    if container is None:
        return "is gone"
    state = cast("Mapping[str, object]", container["State"])
    health = cast("Mapping[str, object]", state.get("Health") or {}).get("Status")
    if state.get("OOMKilled"):
        return "was killed for want of memory"
    if state.get("Status") != "running":
        return f"is {state.get('Status')}"
    return "is unhealthy" if health == "unhealthy" else ""


def leases(held: Iterable[Tree]) -> list[Finding]:
    """Return a finding for each lease: a dead holder's is a warning, a living one's a notice."""
    found = []
    for lease in held:
        if not lease["alive"]:
            what = f"{lease['owner']} began to change app {lease['app']} and died; the change is unfinished."
            command = "slipway deploy ENV   # finishes or undoes it"
            found.append(Finding("LEASE_DEAD", what, str(lease["path"]), command, "warning"))
        else:
            what = f"{lease['owner']} is changing app {lease['app']} right now."
            found.append(Finding("LEASE_HELD", what, str(lease["path"]), "slipway status ENV", "notice"))
    return found


def data(host: str, declared: Iterable[Tree], measured: Mapping[str, Tree]) -> list[Finding]:
    """Return a finding for each app that keeps more data than it declares, or more files than can be counted."""
    found = []
    for app in declared:
        size, limit_mib = measured.get(str(app["data_dir"])), app.get("data_limit_mib")
        if size is None or not isinstance(limit_mib, int):
            continue
        used = cast("int", size["bytes"])
        where, least = f"data_limit_mib of {app['name']} in slipway_apps", "" if size["complete"] else "at least "
        command = f"sudo du -xh --max-depth=2 {app['data_dir']} | sort -h | tail   # on {host}; or raise data_limit_mib"
        if used > limit_mib * MIB:
            what = (
                f"App {app['name']} keeps {least}{used / MIB:.0f} MiB of data on {host}; {limit_mib} MiB are declared."
            )
            found.append(Finding("DATA_LARGE", what, where, command, "warning"))
        elif not size["complete"]:
            what = (
                f"App {app['name']} has too many files on {host} to count what they take ({least}{used / MIB:.0f} MiB)."
            )
            found.append(Finding("DATA_UNKNOWN", what, where, command, "warning"))
    return found


def maintenance(host: str, releases: Tree) -> list[Finding]:
    """Return a finding for each app that shows its maintenance page."""
    return [
        Finding(
            "MAINTENANCE",
            f"App {app} shows its maintenance page.",
            f"app {app} on {host}",
            "slipway maintenance ENV off",
            "warning",
        )
        for app, state in cast("Mapping[str, Tree]", releases["apps"]).items()
        if state["maintenance"]
    ]


def _name(container: Tree) -> str:
    return str(container.get("Name", "")).lstrip("/")
