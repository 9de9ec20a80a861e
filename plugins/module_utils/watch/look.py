"""One look: what is wrong with this host, is any of it worth telling, and has it been told?"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..doctor import apps as app_checks
from ..doctor import judge
from ..findings.finding import Finding
from ..hostreport.sources import text
from ..release.job import UNITS
from ..release.lease import boot_id
from ..visit import web
from ..visit.sites import judge_secure, sites_of
from . import answers, clients, disk_rate, jobs, message, notices, outbox, quiet, report, restarts, ways
from .config import Config
from .memory import Memory

# Exposures whose sites a host can visit as their visitors do.
VISITED = {"public", "lan"}
# Where Caddy's own authority leaves its root for those who are to trust it.
LOCAL_ROOT = "/etc/caddy/local-root.crt"
# sd-daemon(3): what is told is worth a line in the journal, that this ran is not.
NOTICE, WARNING = "<5>", "<4>"

Told = Mapping[str, Any]


def look(config: Config) -> int:
    """Look once; tell what is new, still there or over, and let the heartbeat's listener know. Returns 0."""
    now = time.time()
    memory = Memory.read()
    if not quiet.host_moves():
        boot = boot_id()
        if memory.boot != boot:
            memory = Memory(boot, troubles=notices.told_of(memory.troubles), letters=memory.letters, disks=memory.disks)
        found = examined(config, memory, now)
        memory.troubles, events = notices.after(memory.troubles, found, now, config.remind_s)
        if events:
            told = message.of_events(config.host, config.environment, events, now)
            memory.letters = outbox.with_new(memory.letters, told, config.ways)
            print(NOTICE + told.text.replace("\n", f"\n{NOTICE}"))
        memory.at = now
        memory.write()
    _deliver(config, memory)
    if config.heartbeat and (warning := ways.beat(config.heartbeat)):
        print(WARNING + warning, file=sys.stderr)
    return 0


def examined(config: Config, memory: Memory, now: float) -> list[Finding]:
    """Return all that is wrong and not on its way to be well; `memory` learns what the next look needs."""
    try:
        told = report.read(config, memory, now)
        memory.busy = quiet.under_change(told["leases"]["held"], memory.busy, now)
    except Exception as error:
        return [_unjudged(config.host, "the host's own report", error)]
    parts: Mapping[str, Callable[[], Iterable[Finding]]] = {
        "the report": lambda: judge.judge(
            config.host, told, [app["name"] for app in config.apps], set(config.declared), config.allowed
        ),
        "data": lambda: app_checks.data(config.host, config.apps, memory.slow["measured"]),
        "visits": lambda: _visits(config, told),
        "answers": lambda: _answers(config, memory, now),
        "schedules": lambda: _jobs(config, memory, now),
        "disks": lambda: _disks(config, memory, told, now),
        "restarts": lambda: _restarts(config, memory, told, now),
        "clients": lambda: clients.silent(config.host, config.clients, now),
    }
    found = []
    for name, part in parts.items():
        try:
            found += list(part())
        except Exception as error:
            found.append(_unjudged(config.host, name, error))
    return quiet.without_changes(_without_job_units(found, told), memory.busy, now)


def _unjudged(host: str, part: str, error: Exception) -> Finding:
    what = f"The look could not judge {part}: {error!r}."
    return Finding("LOOK_FAILED", what, f"{part} of {host}", "slipway doctor ENV   # asks the same from outside")


def _without_job_units(found: Iterable[Finding], told: Told) -> list[Finding]:
    """Leave out the failed units of schedules: whether one counts is known from its run."""
    units = {f"Unit {unit} has failed." for unit in told["upkeep"]["failed"] if unit.startswith(UNITS)}
    return [each for each in found if each.code != "UNIT_FAILED" or each.what not in units]


def _visits(config: Config, told: Told) -> list[Finding]:
    released = {name for name, state in told["releases"]["apps"].items() if state["release"]}
    visible = [app for app in config.apps if app["exposure"] in VISITED and app["name"] in released]
    sites = sites_of(config.host, visible, told)
    local = LOCAL_ROOT if text(LOCAL_ROOT) else ""
    with ThreadPoolExecutor(max_workers=8) as pool:
        roots = [config.trust_root if site.exposure != "lan" or not local else local for site in sites]
        seen = pool.map(lambda site, root: web.secure("127.0.0.1", site.name, root), sites, roots)
        return [finding for site, answer in zip(sites, seen, strict=True) for finding in judge_secure(site, answer)]


def _answers(config: Config, memory: Memory, now: float) -> list[Finding]:
    found = []
    for app in (app["name"] for app in config.apps):
        since = max(now - answers.WINDOW_S, *memory.busy.get(app, [0.0]))
        found += answers.failing(config.host, app, answers.last_lines(app), since)
    return found


def _jobs(config: Config, memory: Memory, now: float) -> list[Finding]:
    found, due = list[Finding](), dict[str, Any]()
    for seen in jobs.read([app["name"] for app in config.apps]):
        key = seen.job.unit(seen.app)
        due[key] = jobs.remembered_due(memory.due.get(key, {}), seen)
        found += jobs.judge(config.host, seen, due[key]["due"], now)
    memory.due = due
    return found


def _disks(config: Config, memory: Memory, told: Told, now: float) -> list[Finding]:
    free = disk_rate.of_report(told["system"]["disks"])
    memory.disks = {path: disk_rate.remembered(memory.disks.get(path, []), left, now) for path, left in free.items()}
    return disk_rate.filling(config.host, memory.disks)


def _restarts(config: Config, memory: Memory, told: Told, now: float) -> list[Finding]:
    there = told["containers"]["containers"]
    memory.restarts = restarts.counted(memory.restarts, there, now)
    kills = [each for each in memory.kills.get("seen", []) if 0 <= now - each[0] <= restarts.WINDOW_S]
    if memory.at and told["containers"]["answers"]:
        kills += [[now, name] for name in restarts.kills_since(memory.at, now)]
    before, count = memory.kills.get("kernel"), restarts.kernel_kills()
    if isinstance(before, int) and count is not None and count > before:
        kills.append([now, ""])
    memory.kills = {"seen": kills, "kernel": count}
    return [*restarts.restarting(config.host, memory.restarts, there), *restarts.killed(config.host, kills, now)]


def _deliver(config: Config, memory: Memory) -> None:
    if not memory.letters:
        return
    before = memory.letters
    memory.letters, refused = outbox.sent(memory.letters, config.ways, ways.send)
    for name, why in refused.items():
        print(f"{WARNING}{name}: {why}; {len(memory.letters)} messages wait.", file=sys.stderr)
    if memory.letters != before:
        memory.write()
