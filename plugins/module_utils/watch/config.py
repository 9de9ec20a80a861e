"""What the host is told about its looks: /etc/slipway/watch.json, which role watch writes; it holds secrets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..release import files
from .errors import LookError

PATH = Path("/etc/slipway/watch.json")
HOUR_S = 3600.0
Tree = Mapping[str, Any]


@dataclass(frozen=True)
class Way:
    """One way out: its kind, and what it needs. `settings` has secrets and is never shown."""

    kind: str
    settings: Mapping[str, Any] = field(repr=False)

    def get(self, name: str) -> str:
        """Return a setting as text, empty where there is none."""
        value = self.settings.get(name)
        return "" if value is None else str(value)

    @property
    def name(self) -> str:
        """What people are shown: the kind, and where it leads without what could be a secret."""
        place = self.get("to") if self.kind == "email" else self.get("url").partition("://")[2].partition("/")[0]
        return f"{self.kind} to {place.rpartition('@')[2] if self.kind != 'email' else place}"

    @property
    def id(self) -> str:
        """What tells it from others in the queue; another place is another way."""
        told = "\n".join([self.kind, *(f"{key}={self.get(key)}" for key in ("url", "server", "to"))])
        return hashlib.sha256(told.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Config:
    """Who this host is, what belongs on it, and who is told.

    `apps` have the keys `name`, `names`, `domains`, `exposure`, `data_dir` and `data_limit_mib` of completed apps;
    `declared` are (protocol, port) that may listen; `allowed` settings of the engine that are off on purpose;
    `trust_root` is a PEM file, empty for the system's authorities; `clients` of a store have a `name`, a `folder` and
    `silent_hours`.
    """

    host: str
    environment: str
    apps: tuple[Tree, ...] = ()
    declared: frozenset[tuple[str, int]] = frozenset()
    allowed: frozenset[str] = frozenset()
    trust_root: str = ""
    ways: tuple[Way, ...] = ()
    heartbeat: str = field(default="", repr=False)
    remind_s: float = 24 * HOUR_S
    clients: Mapping[str, Tree] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path = PATH) -> Config:
        """Read what role watch wrote.

        Raises:
            LookError: nothing is declared on this host, or the file is damaged.
        """
        given = files.read_json(path)
        if given is None:
            raise LookError(
                f"{path} is not there or damaged: this host is not told whom to tell.",
                fix="declare `slipway_watch` in the inventory and run `slipway provision ENV`",
            )
        try:
            return cls.parse(given)
        except (KeyError, TypeError, ValueError) as error:
            raise LookError(f"{path} is damaged: {error!r}.", fix="`slipway provision ENV` writes it again") from error

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Config:
        """Read it from what the file holds.

        Raises:
            KeyError, TypeError, ValueError: something is missing or has another form.
        """
        return cls(
            host=str(given["host"]),
            environment=str(given["environment"]),
            apps=tuple(given["apps"]),
            declared=frozenset((str(protocol), int(port)) for protocol, port in given["declared"]),
            allowed=frozenset(str(key) for key in given["allowed"]),
            trust_root=str(given["trust_root"]),
            ways=tuple(Way(str(each["kind"]), dict(each)) for each in given["notify"]),
            heartbeat=str(given["heartbeat"]),
            remind_s=float(given["remind_hours"]) * HOUR_S,
            clients={str(each["name"]): each for each in given["clients"]},
        )
