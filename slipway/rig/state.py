"""What is remembered of a rig on disk: enough to find it again, and to know whose it is."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from slipway.places import rigs
from slipway.rig.errors import RigError

FOLDER = rigs()
NAME_LIMIT = 40  # longer names are hard to read in lists


@dataclass(frozen=True)
class State:
    """A rig as it was asked for."""

    name: str
    hosts: dict[str, list[str]]
    user: str = "root"
    kept: bool = False
    prepared: bool = False
    token: str = field(default_factory=lambda: secrets.token_hex(4))

    def __post_init__(self) -> None:
        if not re.fullmatch(rf"[a-z0-9][a-z0-9-]{{0,{NAME_LIMIT - 1}}}", self.name):
            raise RigError(
                f"`{self.name}` cannot name a rig: use lower-case letters, digits and dashes, "
                f"at most {NAME_LIMIT} of them."
            )
        if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,30}", self.user):  # what useradd(8) accepts
            raise RigError(f"`{self.user}` is not a user name that a Debian host accepts.")
        if not self.hosts:
            raise RigError(f"Rig {self.name} has no hosts; give it at least one, e.g. --host web1:app.test")

    @property
    def folder(self) -> Path:
        """Where keys, certificates and inventory of the rig are."""
        return FOLDER / self.name

    @property
    def prefix(self) -> str:
        """What the names of everything in the engine begin with; unique, so that checkouts do not meet."""
        return f"slipway-{self.name}-{self.token}"

    def save(self) -> None:
        """Write it down."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.folder / "state.json").write_text(json.dumps(asdict(self), indent=2))

    def forget(self) -> None:
        """Remove everything that is on disk."""
        if self.folder.exists():
            shutil.rmtree(self.folder)


def load(name: str) -> State | None:
    """Return the rig of this name, if there is one in this checkout."""
    path = FOLDER / name / "state.json"
    return State(**json.loads(path.read_text())) if path.exists() else None


def forget_leftover(folder: Path, token: str) -> None:
    """Remove the folder of a rig that crashed, unless another rig of the same name has taken it over."""
    path = folder / "state.json"
    if path.exists() and json.loads(path.read_text())["token"] == token:
        shutil.rmtree(folder)


def known() -> Iterator[State]:
    """Yield all rigs of this checkout."""
    for path in sorted(FOLDER.glob("*/state.json")):
        yield State(**json.loads(path.read_text()))
