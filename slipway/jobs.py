"""`slipway jobs`: when each schedule runs next and what came of it last, and a run by hand."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import cast

from ansible_collections.slipway.kit.plugins.module_utils.findings.duration import age
from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain, plain_line
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import FAILED, UNKNOWN
from ansible_collections.slipway.kit.plugins.plugin_utils.release_table import aligned
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled
from slipway.environment import Environment
from slipway.playbook import Asked, Run, ask, items

HEADER = ("job", "at", "next", "last", "took", "outcome")
Jobs = dict[str, dict[str, list[Mapping[str, object]]]]


def jobs(environment: Environment, app: str = "", *, as_json: bool = False) -> int:
    """Print the schedules of all live releases, by host and app; return the exit code.

    Raises:
        UnknownError: no host was asked.
    """
    asked = ask(Run(["jobs"], environment, {"app_only": app}))
    found = read(asked)
    if as_json:
        print(json.dumps({"hosts": found, "problems": dict(asked.problems)}, indent=1))
    else:
        for host, apps in found.items():
            for name, listed in apps.items():
                print(plain("\n".join([f"{name} on {host}", *table(listed, time.time()), ""])))
    return _told(environment, asked.problems, UNKNOWN)


def run(environment: Environment, app: str, job: str) -> int:
    """Run a job now on every host that has the app, and print the last lines that it wrote; return the exit code.

    Raises:
        UnknownError: no host was asked.
    """
    asked = ask(Run(["jobs"], environment, {"app_only": app, "app_job": job}))
    for host, item in ((host, item) for task in asked.tasks for host, item in items(task)):
        for line in cast("Sequence[object]", item.get("said") or ()):
            print(plain_line(f"{host}: {line}"))
    code = _told(environment, asked.problems, FAILED)
    if not code:
        print(f"{job} ended well.")
    return code


def read(asked: Asked) -> Jobs:
    """Return what the hosts said, by host and app."""
    found: Jobs = {}
    for host, item in ((host, item) for task in asked.tasks for host, item in items(task)):
        if isinstance(item.get("jobs"), list):
            found.setdefault(host, {})[str(item["item"])] = cast("list[Mapping[str, object]]", item["jobs"])
    return found


def table(listed: Sequence[Mapping[str, object]], now: float) -> list[str]:
    """Return lines: a header, then one per job; `now` is a Unix time in seconds."""
    return aligned([HEADER, *(_row(each, now) for each in listed)]) if listed else ["  no schedules"]


def _row(job: Mapping[str, object], now: float) -> tuple[str, ...]:
    last = cast("Mapping[str, object]", job["last"] or {})
    started, ended = float(str(last.get("started", 0))), float(str(last.get("ended", 0)))
    following = job["next"]
    return tuple(
        plain_line(text)
        for text in (
            str(job["name"]),
            str(job["at"]),
            f"in {age(max(0, round(float(str(following)) - now)))}" if following else "-",
            f"{age(max(0, round(now - started)))} ago" if started else "-",
            f"{ended - started:.1f} s" if ended else "-",
            str(last.get("outcome", "never ran")),
        )
    )


def _told(environment: Environment, problems: Mapping[str, str], code: int) -> int:
    for host, problem in problems.items():
        print(spelled(plain(f"{host}: {problem}"), environment.name), file=sys.stderr)
    return code if problems else 0
