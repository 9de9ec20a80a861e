"""Who declared which app on this host: a file per app, so that one project leaves another's alone.

The files are root's and have the form of Ansible's local facts: roles learn from them what else the host serves.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from . import files

FOLDER = Path("/var/lib/slipway/register")
SUFFIX = ".fact"


@dataclass(frozen=True)
class Entry:
    """An app as it was declared last.

    `project` is what the control machine calls it, `inventory` the environment that declared it; `names` are all that
    lead to the app, `ports` those of its slots on loopback; `mirror` tells whether its data is copied off the host;
    `since` and `stopped` are Unix times in seconds (0: it was not stopped). One that was stopped holds no name and no
    port any more, but its own name: its data lies there.
    """

    app: str
    project: str
    inventory: str
    exposure: str
    names: tuple[str, ...]
    ports: tuple[int, ...]
    mirror: bool
    since: float
    stopped: float = 0.0

    @classmethod
    def of(cls, app: Mapping[str, object], project: str, inventory: str, now: float) -> Entry:
        """Return the entry of a completed app."""
        containers = app.get("containers")
        return cls(
            app=str(app["name"]),
            project=project,
            inventory=inventory,
            exposure=str(app["exposure"]),
            names=_texts(app["names"]),
            ports=_ports(containers if isinstance(containers, list) else []),
            mirror=bool(app.get("mirror")),
            since=now,
        )

    @classmethod
    def parse(cls, found: Mapping[str, object]) -> Entry:
        """Read what was written.

        Raises:
            KeyError, TypeError, ValueError: it is damaged.
        """
        ports = found["ports"]
        return cls(
            app=str(found["app"]),
            project=str(found["project"]),
            inventory=str(found["inventory"]),
            exposure=str(found["exposure"]),
            names=_texts(found["names"]),
            ports=tuple(int(port) for port in ports) if isinstance(ports, list | tuple) else (),
            mirror=bool(found["mirror"]),
            since=float(str(found["since"])),
            stopped=float(str(found.get("stopped", 0.0))),
        )

    @property
    def whose(self) -> str:
        """Name the project and its inventory, for messages."""
        return f"{self.project} (inventory {self.inventory})"


class Register:
    """All entries of this host."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or FOLDER

    def entries(self) -> dict[str, Entry]:
        """Return what is registered, by the apps' names; a damaged entry counts for none."""
        found: dict[str, Entry] = {}
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            with contextlib.suppress(KeyError, TypeError, ValueError):
                found[path.stem] = Entry.parse(files.read_json(path) or {})
        return found

    def declare(self, entry: Entry) -> bool:
        """Write an app down; tells whether something other than the time is new."""
        known = self.entries().get(entry.app)
        if known and replace(known, since=entry.since) == entry:
            return False
        files.folder(self._folder.parent, mode=0o755)
        files.folder(self._folder, mode=0o700)
        files.write_json(self._path(entry.app), asdict(entry))
        return True

    def stop(self, app: str, now: float) -> None:
        """Free what a stopped app held; its name stays its project's as long as its data is here."""
        known = self.entries().get(app)
        if known and not known.stopped:
            files.write_json(self._path(app), asdict(replace(known, names=(), ports=(), stopped=now)))

    def drop(self, app: str) -> None:
        """Forget an app; none is fine."""
        if self._folder.is_dir():
            files.remove(self._path(app))

    def _path(self, app: str) -> Path:
        return self._folder / f"{app}{SUFFIX}"


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list | tuple) else ()


def _ports(containers: Iterable[object]) -> tuple[int, ...]:
    """Return the loopback ports of those containers of a completed app that serve visitors."""
    slots = [each.get("slots") for each in containers if isinstance(each, Mapping)]
    pairs = [slot for one in slots if isinstance(one, Mapping) for slot in one.values()]
    return tuple(sorted(int(slot["port"]) for slot in pairs if isinstance(slot, Mapping)))
