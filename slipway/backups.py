"""`slipway backup` and `slipway backups`: a copy of the apps' data now, and what copies there are."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from ansible_collections.slipway.kit.plugins.module_utils.findings.duration import age
from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain, plain_line
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import FAILED, UNKNOWN
from ansible_collections.slipway.kit.plugins.plugin_utils.release_table import aligned
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled
from slipway.environment import Environment
from slipway.playbook import Asked, Run, ask

ONE_MIB = 1024 * 1024
HEADER = ("copy", "of", "made", "age", "size", "release", "judged")
SHARED = ("said", "copies", "apps", "last", "drill", "check")
# Of each app; --json has them all.
SHOWN = 20
Tree = Mapping[str, object]


def backup(environment: Environment, *, drill: bool = False, adopt: bool = False) -> int:
    """Make a copy on every host now and print what came of it; return the exit code.

    Args:
        environment: where the hosts are.
        drill: fetch the newest copies too, and let the live releases judge them.
        adopt: let the data follow copies that another host of this name made.

    Raises:
        UnknownError: no host was asked.
    """
    asked = ask(Run(["backup"], environment, {"backup_drill": drill, "backup_adopt": adopt}))
    for host, told in answers(asked, "said"):
        for line in cast("Sequence[object]", told["said"]):
            print(plain_line(f"{host}: {line}"))
    return _told(environment, asked.problems, FAILED)


def backups(environment: Environment, app: str = "", *, as_json: bool = False) -> int:
    """Print the copies of an app, or of all; return the exit code.

    Raises:
        UnknownError: no host was asked.
    """
    asked = ask(Run(["backups"], environment, {"app_only": app}))
    found = dict(answers(asked, "copies"))
    if as_json:
        print(json.dumps({"hosts": found, "problems": dict(asked.problems)}, indent=1))
    else:
        for host, told in found.items():
            print(plain("\n".join([host, *table(told, app, time.time()), ""])))
    return _told(environment, asked.problems, UNKNOWN)


def answers(asked: Asked, key: str) -> Iterator[tuple[str, Tree]]:
    """Yield each host with the answer that has a key."""
    for task in asked.tasks:
        for host, told in cast("Mapping[str, Tree]", task["hosts"]).items():
            if key in told and not told.get("failed"):
                yield host, {name: told[name] for name in SHARED if name in told}


def table(told: Tree, app: str, now: float) -> list[str]:
    """Return lines: a header and the newest copies of each app, then what is not copied, and how the last run went.

    Args:
        told: what module `copies` returns as `copies`, `apps`, `last`, `drill` and `check`.
        app: the only one asked for; empty for all.
        now: Unix time in seconds.
    """
    copies = cast("Sequence[Mapping[str, object]]", told["copies"])
    names = [app] if app else cast("Sequence[str]", told["apps"])
    proved = cast("Tree", _of(told, "drill").get("proved") or {})
    rows, lines = [], []
    for name in names:
        own = [each for each in copies if _tags(each).get("app") == name]
        rows += [_row(each, proved, now) for each in own[:SHOWN]]
        if not own:
            lines.append(f"  {name}: no copy yet")
        elif len(own) > SHOWN:
            lines.append(f"  {name}: and {len(own) - SHOWN} older ones")
    last = [_last("run", _of(told, "last"), now), *(_last(verb, _of(told, verb), now) for verb in ("drill", "check"))]
    return [*(aligned([HEADER, *rows]) if rows else []), *lines, *last]


def _of(told: Tree, name: str) -> Tree:
    return cast("Tree", told.get(name) or {})


def _row(copy: Mapping[str, object], proved: Tree, now: float) -> tuple[str, ...]:
    made, tags = float(str(copy["time"])), _tags(copy)
    return (
        str(copy["id"])[:8],
        plain_line(tags.get("app", "")),
        time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(made)),
        age(max(0, round(now - made))),
        f"{int(str(copy['bytes'])) / ONE_MIB:.1f} MiB",
        plain_line(tags.get("release", "")),
        "whole" if copy["id"] in proved else "-",
    )


def _last(what: str, last: Tree, now: float) -> str:
    if not last:
        return f"  no {what} yet"
    when = f"{age(max(0, round(now - float(str(last['at'])))))} ago"
    if last.get("ok"):
        return f"  last {what} {when}: good, {last.get('seconds')} s"
    return f"  last {what} {when}: FAILED\n  " + str(last.get("said", "")).replace("\n", "\n  ")


def _tags(copy: Mapping[str, object]) -> Mapping[str, str]:
    return cast("Mapping[str, str]", copy["tags"])


def _told(environment: Environment, problems: Mapping[str, str], code: int) -> int:
    for host, problem in problems.items():
        print(spelled(plain(f"{host}: {problem}"), environment.name), file=sys.stderr)
    return code if problems else 0
