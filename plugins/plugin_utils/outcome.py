"""How a run ended, as callback `outcome` leaves it for the command that started the run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

FILE_VARIABLE = "SLIPWAY_OUTCOME"
"""The environment variable that names the file."""


@dataclass
class Outcome:
    """The hosts that took part, those that failed or did not answer, and whether anything was touched before.

    `refused`: all that failed were refusals (a check before anything was touched), and no task had changed anything.
    """

    hosts: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unreachable: list[str] = field(default_factory=list)
    changed: int = 0
    refused: bool = False

    def write(self, path: Path) -> None:
        """Leave it in a file."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Outcome | None:
        """Return what a run left; None where it came to no task."""
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None
