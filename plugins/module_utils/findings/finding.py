"""One finding, and the order of their weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["notice", "warning", "error"]
WEIGHTS: dict[Severity, int] = {"notice": 0, "warning": 1, "error": 2}


@dataclass(frozen=True)
class Finding:
    """What a check found.

    `code` is stable and upper-case (`PORT_TAKEN`); `what` is a sentence with the value in it; `where` is the place to
    change (file, variable, host); `command` is the next command to run, as the user would type it. Never holds secrets.
    """

    code: str
    what: str
    where: str = ""
    command: str = ""
    severity: Severity = "error"

    def as_dict(self) -> dict[str, str]:
        """Return the fields for JSON."""
        return asdict(self)


def worst(findings: Iterable[Finding]) -> int:
    """Return the weight of the gravest: 0 nothing but notices, 1 a warning, 2 an error."""
    return max((WEIGHTS[finding.severity] for finding in findings), default=0)
