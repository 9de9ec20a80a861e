"""`slipway restore`: an app's data as a copy has it; says what that costs, and asks."""

from __future__ import annotations

import sys
import time
from calendar import timegm
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ansible_collections.slipway.kit.plugins.module_utils.findings.duration import age
from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain, plain_line
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import FAILED, RefusalError, UnknownError
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled
from slipway.backups import Tree, answers
from slipway.environment import Environment
from slipway.playbook import Run, ask

FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
CLOCK = "%Y-%m-%d %H:%M:%S UTC"


@dataclass(frozen=True)
class Wanted:
    """What is to come back: of which app, from where, and how it was in the past.

    `at` is a moment in UTC, empty for now; `copy` the beginning of an id, in its place; `host` one of several.
    """

    app: str
    at: str = ""
    copy: str = ""
    host: str = ""


def restore(environment: Environment, wanted: Wanted, confirmed: Callable[[str], bool]) -> int:
    """Give an app the data of its newest copy, or of an older one; return the exit code.

    Args:
        environment: where the app is.
        wanted: which copy of which app.
        confirmed: is told what would be lost, and whether that is wanted.

    Raises:
        RefusalError: there is no such copy, several hosts have some, or it is not wanted; nothing was touched.
        UnknownError: no store could be asked.
    """
    limit = ("--limit", wanted.host) if wanted.host else ()
    asked = ask(Run(["backups"], environment, {"app_only": wanted.app}, limit))
    found = {host: told for host, told in answers(asked, "copies") if told["copies"]}
    _tell(environment, asked.problems)
    if asked.problems and not found:
        raise UnknownError("no store could be asked, see above; nothing was touched")
    host = _only(found, wanted)
    copy = chosen(cast("Sequence[Tree]", found[host]["copies"]), wanted)
    made, identity, now = float(str(copy["time"])), str(copy["id"]), time.time()
    lines = [
        f"{wanted.app} on {host} gets the data of {_clock(made)} ({age(round(max(0, now - made)))} ago).",
        f"What was written from then until now, {_clock(now)}, is gone for visitors; it stays on the host, beside.",
    ]
    print("\n".join(lines), flush=True)
    if not confirmed(wanted.app):
        raise RefusalError("the restore was not confirmed; nothing was touched", "", "the question above", "--yes")
    done = ask(Run(["restore"], environment, {"app_only": wanted.app, "backup_copy": identity}, ("--limit", host)))
    for _, told in answers(done, "said"):
        for line in cast("Sequence[object]", told["said"]):
            print(plain_line(f"{host}: {line}"))
    _tell(environment, done.problems)
    return FAILED if done.problems else 0


def chosen(copies: Sequence[Tree], wanted: Wanted) -> Tree:
    """Return the newest copy that is not younger than the moment, or the one that is named.

    Args:
        copies: the newest first.
        wanted: the moment, or the id.

    Raises:
        RefusalError: there is none.
    """
    if wanted.copy:
        fitting = [each for each in copies if str(each["id"]).startswith(wanted.copy)]
        if len(fitting) == 1:
            return fitting[0]
        raise _none(f"{len(fitting) or 'no'} copies of {wanted.app} begin with it", wanted.copy, wanted)
    until = _moment(wanted.at) if wanted.at else float("inf")
    fitting = [each for each in copies if float(str(each["time"])) <= until]
    if not fitting:
        raise _none(
            f"{wanted.app} has no copy from before; the oldest is of {_clock(_made(copies[-1]))}", wanted.at, wanted
        )
    return fitting[0]


def _only(found: Mapping[str, Tree], wanted: Wanted) -> str:
    if not found:
        raise _none(f"there is no copy of {wanted.app}", wanted.host, wanted)
    if len(found) > 1:
        raise RefusalError(
            f"several hosts have copies of {wanted.app}: {', '.join(found)}",
            "",
            "the command line",
            "name one by --host",
        )
    return next(iter(found))


def _none(what: str, value: str, wanted: Wanted) -> RefusalError:
    return RefusalError(what, value, "the command line", f"slipway backups ENV {wanted.app}")


def _moment(text: str) -> float:
    """Return the Unix time of a moment in UTC; without a time of day its end.

    Raises:
        RefusalError: there is no such day or time.
    """
    for form in FORMS:
        try:
            found = timegm(time.strptime(text.replace("T", " "), form))
        except ValueError:
            continue
        return found + (86399 if form == FORMS[-1] else 0)
    raise RefusalError("it is not a moment", text, "--at", "write it in UTC, such as 2026-11-27 14:30")


def _made(copy: Tree) -> float:
    return float(str(copy["time"]))


def _clock(unix_s: float) -> str:
    return time.strftime(CLOCK, time.gmtime(unix_s))


def _tell(environment: Environment, problems: Mapping[str, str]) -> None:
    for host, problem in problems.items():
        print(spelled(plain(f"{host}: {problem}"), environment.name), file=sys.stderr)
