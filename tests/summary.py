"""Lines that tests want to be read at the end of a run: what was measured, with what, what did not run and why."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import pytest

Section = Literal["measured", "given by hand", "did not run"]
SECTIONS: tuple[Section, ...] = ("measured", "given by hand", "did not run")
Note = Callable[[Section, str], None]


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Note:
    """Put a line into a section of the summary; it travels with the report, so parallel workers may use it."""

    return partial(note_for, request.node)


def note_for(item: pytest.Item, section: Section, line: str) -> None:
    """Do what `note` does, for a hook; of a test that is skipped it counts, too."""
    item.user_properties.append((f"summary {section}", line))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sections that have lines, however quiet the run is."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    for section in SECTIONS:
        lines = {
            str(line)
            for report in reports
            if getattr(report, "when", "") == "call" or getattr(report, "skipped", False)
            for name, line in report.user_properties
            if name == f"summary {section}"
        }
        if lines:
            terminalreporter.section(section, yellow=section != "measured", bold=True)
            terminalreporter.line("\n".join(sorted(lines)))
