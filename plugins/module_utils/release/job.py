"""One command of an app that a timer starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .process import MAIN

UNITS = "slipway-job-"


@dataclass(frozen=True)
class Job:
    """A command, when it runs (systemd.time(7), OnCalendar), in whose image, and for how long at most (seconds)."""

    name: str
    at: str
    command: tuple[str, ...]
    timeout_s: int = 3600
    process: str = MAIN

    @classmethod
    def parse(cls, given: object) -> Job:
        """Read an item of `jobs` of a completed app.

        Raises:
            KeyError, TypeError, ValueError: a value is missing or has the wrong type.
        """
        if not isinstance(given, Mapping):
            raise TypeError(f"a job: a mapping is expected, this is {given!r}")
        return cls(
            name=str(given["name"]),
            at=str(given["at"]),
            command=tuple(str(argument) for argument in given["command"]),
            timeout_s=int(given["timeout_seconds"]),
            process=str(given["process"]),
        )

    def unit(self, app: str) -> str:
        """Return the name of its service and timer; neither name has a dot, so no two jobs share one."""
        return f"{UNITS}{app}.{self.name}"

    def container(self, app: str) -> str:
        """Return the name of the container in which it runs."""
        return f"{app}-job-{self.name}"
