"""Run the plan, and show the journal where the service refuses."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from .facts import Facts, look
from .plan import plan

JOURNAL_LINES = 20


class UnitError(Exception):
    """systemd could not do what was asked; the message ends in the service's last words."""


def bring_up(
    name: str, *, socket: str | None = None, files: Sequence[str] = (), start: bool = True, check: bool = False
) -> list[str]:
    """Make `name` run what is installed, and return what was done (in check mode: would be), one text a command.

    Raises:
        UnitError: a command failed.
    """
    service = look(name, files)
    opened: Facts | None = look(socket, ()) if socket else None
    commands = plan(name, service, socket, opened, start=start)
    if not check:
        for command in commands:
            _run(command, name)
    return [" ".join(command) for command in commands]


def _run(command: list[str], name: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        journal = subprocess.run(
            ["journalctl", "--unit", name, "--lines", str(JOURNAL_LINES), "--no-pager", "--output", "cat"],
            check=False,
            capture_output=True,
            text=True,
        ).stdout
        raise UnitError(
            f"`{' '.join(command)}` failed: {done.stderr.strip()}\nLast words of {name}:\n{journal.strip()}"
        )
