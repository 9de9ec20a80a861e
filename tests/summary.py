"""Lines that tests want to be read at the end of a run: what was measured, and what could not be run and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

Section = Literal["measured", "did not run"]
SECTIONS: tuple[Section, ...] = ("measured", "did not run")
Note = Callable[[Section, str], None]


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Note:
    """Put a line into a section of the summary; it travels with the report, so parallel workers may use it."""

    def put(section: Section, line: str) -> None:
        request.node.user_properties.append((f"summary {section}", line))

    return put


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sections that have lines, however quiet the run is."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    for section in SECTIONS:
        lines = [
            str(line)
            for report in reports
            if getattr(report, "when", "") == "call"
            for name, line in report.user_properties
            if name == f"summary {section}"
        ]
        if lines:
            terminalreporter.section(section, yellow=section == "did not run", bold=True)
            terminalreporter.line("\n".join(sorted(lines)))
