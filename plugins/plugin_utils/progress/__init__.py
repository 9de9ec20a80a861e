"""What a run looks like to somebody who waits for it: one line per phase, with its time and what it changed."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain

COLUMNS = 80
NAME_WIDTH = 20
INDENT = "  "


@dataclass
class Phase:
    """A stretch of tasks that belong together: those of a role, or of a play where there is no role."""

    name: str
    began: float  # seconds of any steady clock
    changed: list[str] = field(default_factory=list)  # task names, in order


@dataclass
class Timeline:
    """The phases of a run, in order."""

    done: list[Phase] = field(default_factory=list)
    current: Phase | None = None

    def enter(self, name: str, now: float) -> str | None:
        """Note that a task of phase `name` starts; return the line of the phase that this ends, if it does."""
        if self.current and self.current.name == name:
            return None
        line = self.leave(now)
        self.current = Phase(name, now)
        return line

    def leave(self, now: float, verdict: str = "") -> str | None:
        """End the phase that runs, if one does, and return its line; `verdict` takes the place of its changes."""
        phase, self.current = self.current, None
        if not phase:
            return None
        self.done.append(phase)
        note = verdict or (f"{len(phase.changed)} changed" if phase.changed else "")
        return line(phase.name, now - phase.began, note)

    def changed(self, task: str) -> None:
        """Note that a task of the phase that runs changed something."""
        if self.current:
            self.current.changed.append(task)

    def running(self, task: str, now: float) -> str:
        """Return the line of the phase that runs, with the task that it is at."""
        return line(self.current.name, now - self.current.began, task) if self.current else ""

    def summary(self) -> str:
        """Return what the run changed: a few tasks by name, more by number."""
        tasks = [task for phase in self.done for task in phase.changed]
        if not tasks:
            return "Nothing had to change."
        if len(tasks) > 5:  # noqa: PLR2004 - more than that is a list that nobody reads
            return f"{len(tasks)} tasks changed something."
        return "\n".join(["Changed:", *(f"{INDENT * 2}{task}"[:COLUMNS] for task in tasks)])


def line(name: str, seconds: float, note: str) -> str:
    """Return one line of at most 80 columns, without blanks at its end."""
    text: str = plain(f"{INDENT}{name:<{NAME_WIDTH}} {seconds:6.1f} s  {note}").rstrip()
    return text if len(text) <= COLUMNS else text[: COLUMNS - 1] + "…"


def failure(host: str, task: str, place: str, result: Mapping[str, object]) -> str:
    """Return what went wrong, for people: where, and the message, folded to 80 columns.

    Args:
        host: inventory name.
        task: its name.
        place: file and line of the task.
        result: what the module returned; the first of `msg`, `stderr`, `module_stderr`, `stdout` that says anything.
    """
    said = [str(result[key]).strip() for key in ("msg", "stderr", "module_stderr", "stdout") if result.get(key)]
    message = plain("\n".join(said[:2])) or "The module said nothing."
    folded = [
        part
        for row in message.splitlines()
        for part in textwrap.wrap(row, COLUMNS - 2 * len(INDENT), break_on_hyphens=False) or [""]
    ]
    body = textwrap.indent("\n".join(folded), INDENT * 2)
    return f"\n{INDENT}{task} failed on {host}:\n{body}\n{INDENT}({place})"


def reported(result: Mapping[str, object]) -> list[str]:
    """Return what module `release` did, in its own words: a line per app and step.

    Args:
        result: of one app, or with `results` of a loop over several.
    """
    turns = result.get("results")
    lines = []
    for turn in turns if isinstance(turns, list) else [result]:
        app = str(turn.get("item") or turn.get("app") or "")
        said = turn.get("said")
        words = [str(one) for one in said] if isinstance(said, list) else []
        if turn.get("changed") and turn.get("release") and f"{turn['release']} is live already" not in words:
            before = f" in place of {turn['previous']}" if turn.get("previous") else ""
            sent = f", sent {turn['shipped']}" if turn.get("shipped") else ""
            words.append(f"release {turn['release']} is live{before}{sent}")
        lines += [f"{INDENT}{app}: {one}" if app else f"{INDENT}{one}" for one in words]
    return [plain(line) for line in lines]
