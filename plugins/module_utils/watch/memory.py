"""What one look leaves for the next: a file of root's, replaced at once. A damaged one is a first look.

A full disk must not keep the host from telling that: then the file is in memory, until the disk takes it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..release import files
from . import notices, outbox
from .notices import Trouble
from .outbox import Letter

STATE = Path("/var/lib/slipway/watch")
RUN = Path("/run/slipway-watch")
FILE = "state.json"
Tree = dict[str, Any]


@dataclass
class Memory:
    """What is known from before.

    `boot` is that of the last look, `at` its Unix time. Of what topics remember each part has its own form: `busy` when
    an app was last being changed, `slow` what is asked once per hour, `walls` the firewall as declared, `disks` free
    bytes by time, `restarts` counts by time, `kills` times and names, `due` when jobs were due.
    """

    boot: str = ""
    at: float = 0.0
    troubles: dict[str, Trouble] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    busy: Tree = field(default_factory=dict)
    slow: Tree = field(default_factory=dict)
    walls: Tree = field(default_factory=dict)
    disks: Tree = field(default_factory=dict)
    restarts: Tree = field(default_factory=dict)
    kills: Tree = field(default_factory=dict)
    due: Tree = field(default_factory=dict)

    @classmethod
    def read(cls) -> Memory:
        """Read what the last look wrote."""
        kept = [files.read_json(folder / FILE) or {} for folder in (STATE, RUN)]
        told = max(kept, key=_at)
        parts = ("busy", "slow", "walls", "disks", "restarts", "kills", "due")
        return cls(
            boot=str(told.get("boot", "")),
            at=_at(told),
            troubles=notices.restored(told.get("troubles")),
            letters=outbox.restored(told.get("letters")),
            **{name: dict(part) for name in parts if isinstance(part := told.get(name), Mapping)},
        )

    def write(self) -> None:
        """Write it down, whole or not at all.

        Raises:
            OSError: neither the disk nor memory takes it.
        """
        told: Tree = {
            **vars(self),
            "troubles": {key: asdict(trouble) for key, trouble in self.troubles.items()},
            "letters": [letter.as_dict() for letter in self.letters],
        }
        try:
            files.folder(STATE, mode=0o700)
            files.write_json(STATE / FILE, told)
        except OSError:
            files.folder(RUN, mode=0o700)
            files.write_json(RUN / FILE, told)
        else:
            files.remove(RUN / FILE)


def _at(told: Mapping[str, object]) -> float:
    at = told.get("at")
    return float(at) if isinstance(at, int | float) else 0.0
