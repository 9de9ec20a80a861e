"""What one project may not take from another on the same host, and what it would lose of its own without noticing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from .register import Entry

Kind = Literal["name", "domain", "port", "renamed"]
DATA = "/var/lib/slipway/apps/{}/data"


@dataclass(frozen=True)
class Conflict:
    """What an app can't have; `value` is the name, domain or port, `what` and `way_out` are sentences for people."""

    kind: Kind
    app: str
    value: str
    what: str
    way_out: str


def conflicts(
    entries: Mapping[str, Entry], wanted: Entry, declared: Collection[str], *, adopt: bool = False
) -> list[Conflict]:
    """Return why an app can't be declared as it is.

    Args:
        entries: the register of the host.
        wanted: the app as it would be registered.
        declared: names of all apps that its project declares now.
        adopt: take an app of this name over from another project.
    """
    found: list[Conflict] = []
    known = entries.get(wanted.app)
    if known and known.project != wanted.project and not adopt:
        found.append(_name(known))
    for other in entries.values():
        if other.app == wanted.app or other.stopped:
            continue
        if other.project != wanted.project and not (adopt and other.app in declared):
            found += _taken(other, wanted)
        elif other.project == wanted.project and other.app not in declared:
            found += [_renamed(other, wanted, name) for name in wanted.names if name in other.names]
    return found


def _name(known: Entry) -> Conflict:
    return Conflict(
        "name",
        known.app,
        known.app,
        f"App {known.app} of this host was declared by another project, {known.whose}.",
        "give the app another name, or take it over with its data: `slipway site ENV --adopt`",
    )


def _taken(other: Entry, wanted: Entry) -> list[Conflict]:
    by = f"app {other.app} of another project, {other.whose}"
    names = [
        Conflict(
            "domain",
            wanted.app,
            name,
            f"App {wanted.app} declares {name}, which belongs to {by}.",
            f"take {name} out there and deploy there, or use another name here",
        )
        for name in wanted.names
        if name in other.names
    ]
    ports = [
        Conflict(
            "port",
            wanted.app,
            str(port),
            f"App {wanted.app} has the loopback port {port}, which belongs to {by}.",
            f"set another `loopback_port` for {wanted.app}",
        )
        for port in wanted.ports
        if port in other.ports
    ]
    return names + ports[:1]


def _renamed(other: Entry, wanted: Entry, name: str) -> Conflict:
    return Conflict(
        "renamed",
        wanted.app,
        name,
        f"App {wanted.app} declares {name}, which belongs to app {other.app}: that is not declared any more, but it is"
        f" on the host with its data, and {wanted.app} would go without.",
        f"call the app {other.app} again to go on with its data; or take {name} out of {wanted.app}, `slipway deploy"
        f" ENV` (stops {other.app} and keeps its data in {DATA.format(other.app)}), then put {name} back",
    )
