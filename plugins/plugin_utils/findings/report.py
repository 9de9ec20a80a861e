"""Findings as text for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ansible_collections.slipway.kit.plugins.module_utils.findings.finding import WEIGHTS, Finding
from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled

COLUMNS = 80
LABEL_WIDTH = 8
INDENT = 3


def report(findings: Sequence[Finding], environment: str = "") -> str:
    """Return the findings, worst first, numbered, each with its place and the next command.

    Commands are never wrapped: they are there to be copied. They name the environment where it is given.
    """
    ordered = sorted(findings, key=lambda finding: -WEIGHTS[finding.severity])
    text: str = plain("\n\n".join(_entry(number, finding, environment) for number, finding in enumerate(ordered, 1)))
    return text


def _entry(number: int, finding: Finding, environment: str) -> str:
    mark = "" if finding.severity == "error" else f"{finding.severity}: "
    head = textwrap.wrap(
        f"{mark}{finding.what} [{finding.code}]",
        COLUMNS,
        initial_indent=f"{number}. ".ljust(INDENT),
        subsequent_indent=" " * INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    lines = [*head, *_labelled("where", finding.where)]
    if finding.command:
        lines.append(f"{' ' * INDENT}{'next'.ljust(LABEL_WIDTH)}{spelled(finding.command, environment)}")
    return "\n".join(lines)


def _labelled(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        COLUMNS,
        initial_indent=" " * INDENT + label.ljust(LABEL_WIDTH),
        subsequent_indent=" " * (INDENT + LABEL_WIDTH),
        break_long_words=False,
        break_on_hyphens=False,
    )
