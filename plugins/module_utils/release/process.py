"""One container of a slot: the app's own one, a further one that serves visitors, or one that works behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

Slot = Literal["blue", "green"]
SLOTS: tuple[Slot, Slot] = ("blue", "green")
# The container that every app has; it alone has no name of its own behind that of the slot.
MAIN = "app"


@dataclass(frozen=True)
class Process:
    """What the engine knows of a container; the rest is in the release's Compose file.

    `image` is the process that brings the image; `ports` are those on loopback, none where it serves no visitors;
    `path` is its part of the domain; `ready` is asked where there is no port; `exports` are variables that are set from
    files in /run/secrets when it starts; times are in seconds.
    """

    name: str
    image: str = MAIN
    ports: Mapping[Slot, int] = field(default_factory=dict)
    path: str = "/"
    readiness_path: str = "/readyz"
    ready: tuple[str, ...] = ()
    single: bool = False
    command: tuple[str, ...] = ()
    exports: Mapping[str, str] = field(default_factory=dict)
    stop_grace_s: int = 20

    @classmethod
    def parse(cls, given: object) -> Process:
        """Read an item of `containers` of a completed app, or what `described` returned.

        Raises:
            KeyError, TypeError, ValueError: a value is missing or has the wrong type.
        """
        if not isinstance(given, Mapping):
            raise TypeError(f"a process: a mapping is expected, this is {given!r}")
        slots = given["slots"]
        return cls(
            name=str(given["name"]),
            image=str(given["image"]),
            ports={slot: int(slots[slot]["port"]) for slot in SLOTS} if slots else {},
            path=str(given["path"]),
            readiness_path=str(given["readiness_path"]),
            ready=tuple(str(argument) for argument in given["ready"]),
            single=bool(given["single"]),
            command=tuple(str(argument) for argument in given["command"]),
            exports={str(name): str(file) for name, file in given["exports"].items()},
            stop_grace_s=int(given["stop_grace_seconds"]),
        )

    def described(self) -> dict[str, object]:
        """Return it as `parse` takes it, for the records."""
        known = asdict(self)
        known["slots"] = {slot: {"port": port} for slot, port in known.pop("ports").items()}
        known["stop_grace_seconds"] = known.pop("stop_grace_s")
        return known

    @property
    def serves(self) -> bool:
        """Whether visitors are sent to it."""
        return bool(self.ports)


def serving(processes: Iterable[Process]) -> list[Process]:
    """Return those that serve visitors, the longest path first: the order in which a request is tried on them."""
    return sorted((each for each in processes if each.serves), key=lambda each: len(each.path), reverse=True)


def page_of_all(processes: Iterable[Process]) -> str:
    """Return a page that visitors can ask and that tells whether a release is ready.

    A process is not asked for its `readiness_path` from outside where another one serves that part of the domain.
    """
    servers = serving(processes)
    own = [each.readiness_path for each in servers if server_of(servers, each.readiness_path) is each]
    return own[-1] if own else servers[-1].path


def server_of(processes: Iterable[Process], path: str) -> Process:
    """Return the process that serves a page.

    Raises:
        LookupError: none does; one serves `/` where the app passed through `complete_apps`.
    """
    for each in serving(processes):
        part = each.path.rstrip("/")
        if path == part or path.startswith((f"{part}/", f"{part}?")):
            return each
    raise LookupError(path)
