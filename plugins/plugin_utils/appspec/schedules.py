"""The commands of an app that timers start."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of

from .checking import Problem, did_you_mean, filled
from .fields import SCHEDULE_FIELDS
from .values import copied, shown

Table = Mapping[str, object]

# systemd on the host has the last word; this keeps out what can't be one of its times.
CALENDAR = re.compile(r"[A-Za-z0-9*:,./~ _+-]{1,120}")
CRON = re.compile(r"(?P<minute>\d{1,2}) (?P<hour>\d{1,2}) \* \* (?P<day>\S+)|\S+( \S+){4}")


class Schedules:
    """The declared schedules of one app, completed.

    Args:
        app: the app with its defaults.
        declared: the same as it stands in the inventory.
        path: of it, for messages.
    """

    def __init__(self, app: Table, declared: Table, path: str) -> None:
        self._path = f"{path}.schedules"
        given = declared.get("schedules")
        named = given.items() if isinstance(given, Mapping) else ()
        processes = app["processes"]
        self._processes = {"app": None} | (dict.fromkeys(map(str, processes)) if isinstance(processes, Mapping) else {})
        self.problems: list[str] = []
        self._filled: dict[str, dict[str, object]] = {}
        for name, one in ((str(name), one) for name, one in named if isinstance(one, Mapping)):
            own: list[str] = []
            self._filled[name] = filled(one, f"{self._path}.{name}", own, SCHEDULE_FIELDS)
            if not own:
                where = {str(key): key for key in one}
                faults = self._faults(name)
                own = [Problem(text, place_of(where.get(key), one)) for key, text in faults]
            self.problems += own

    def completed(self) -> list[dict[str, object]]:
        """Return the jobs as the engine wants them."""
        return [
            {"name": name, **{key: copied(value) for key, value in one.items()}} for name, one in self._filled.items()
        ]

    def _faults(self, name: str) -> Iterator[tuple[str, str]]:
        one, path = self._filled[name], f"{self._path}.{name}"
        at, process = str(one["at"]), str(one["process"])
        if found := CRON.fullmatch(at):
            yield "at", f"{path}.at: {shown(at)} is a line of cron. {_of_systemd(found)}"
        elif not CALENDAR.fullmatch(at):
            yield "at", f'{path}.at: {shown(at)} is not a time of systemd.time(7), such as "*-*-* 03:20".'
        if process not in self._processes:
            hint = did_you_mean(process, self._processes)
            yield "process", f"{path}.process: there is no process {shown(process)}{hint}."


def _of_systemd(cron: re.Match[str]) -> str:
    if cron["minute"] and cron["day"] == "*":
        return f'Write "*-*-* {int(cron["hour"]):02}:{int(cron["minute"]):02}".'
    return 'Write it as systemd.time(7) says, such as "*-*-* 03:20" or "Mon 04:00".'
