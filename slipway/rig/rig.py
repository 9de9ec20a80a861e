"""A rig: throw-away bare hosts, a test authority and a visitor, on a network of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import docker

from slipway.rig import create, engine, play, state, sweep
from slipway.rig.acme import Acme
from slipway.rig.errors import RigError
from slipway.rig.host import Host
from slipway.rig.state import State
from slipway.rig.visitor import Visitor

DEMO_INVENTORY = "inventories/demo"


class Rig:
    """A rig that is up; leaving its context takes it down."""

    def __init__(self, client: docker.DockerClient, remembered: State) -> None:
        self._client = client
        self._state = remembered
        self._members = create.members(client, remembered)

    @classmethod
    def up(
        cls,
        name: str,
        hosts: Mapping[str, Sequence[str]],
        *,
        user: str = "root",
        kept: bool = False,
        prepared: bool = False,
    ) -> Self:
        """Start a rig, after having cleaned up behind crashed ones.

        Args:
            name: lower-case letters, digits and dashes; unique in this checkout.
            hosts: names of the hosts, each with the domains that lead to it.
            user: who may log in: root, or another user who may sudo.
            kept: outlive this process, until `down`. A kept rig that is up already is returned as it is.
            prepared: the packages that the roles install are there; for tests of what comes after.

        Raises:
            RigError: no engine, no image, no boot, or the name is taken by a living rig.
        """
        client = engine.connect()
        sweep.leftovers(client)
        wanted = State(name, {host: list(aliases) for host, aliases in hosts.items()}, user, kept, prepared)
        existing = state.load(name)
        if existing:
            living = cls._living(client, existing)
            if living and kept and existing.kept and (existing.hosts, existing.user) == (wanted.hosts, user):
                return living
            if living:
                raise RigError(
                    f"Rig {name} is up already, with hosts {existing.hosts} for user {existing.user}. "
                    f"Use another name, or take it down: slipway rig down --name {name}"
                )
            sweep.remove(client, existing.token)
            existing.forget()
        wanted.save()
        try:
            create.create(client, wanted)
        except BaseException:
            sweep.remove(client, wanted.token)
            wanted.forget()
            raise
        return cls(client, wanted)

    @classmethod
    def _living(cls, client: docker.DockerClient, remembered: State) -> Self | None:
        try:
            rig = cls(client, remembered)
        except LookupError:
            return None
        return rig if rig.running else None

    @classmethod
    def load(cls, name: str) -> Self:
        """Return a rig that is up.

        Raises:
            RigError: there is none of this name.
        """
        remembered = state.load(name)
        living = cls._living(engine.connect(), remembered) if remembered else None
        if not living:
            raise RigError(f"No rig {name} is up. Start it: slipway rig up --name {name} --host web1:app.test")
        return living

    @classmethod
    def remove(cls, name: str) -> None:
        """Remove a rig, whatever is left of it; it is not an error if there is none."""
        client = engine.connect()
        remembered = state.load(name)
        if remembered:
            sweep.remove(client, remembered.token)
            remembered.forget()
        sweep.leftovers(client)

    def down(self) -> None:
        """Remove containers, network, volumes, keys and inventory."""
        sweep.remove(self._client, self._state.token)
        self._state.forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    @property
    def name(self) -> str:
        """The name it was started by."""
        return self._state.name

    @property
    def token(self) -> str:
        """What tells its containers from those of all other rigs."""
        return self._state.token

    @property
    def folder(self) -> Path:
        """Where its keys, certificates and inventory are."""
        return self._state.folder

    @property
    def inventory(self) -> Path:
        """The inventory directory; give it after the one with the configuration to try."""
        return self.folder / "inventory"

    @property
    def hosts(self) -> dict[str, Host]:
        """All hosts by name."""
        return self._members.hosts

    def host(self, name: str) -> Host:
        """Return one host."""
        return self.hosts[name]

    @property
    def acme(self) -> Acme:
        """The test authority."""
        return self._members.acme

    @property
    def visitor(self) -> Visitor:
        """Who looks at the hosts from outside."""
        return self._members.visitor

    @property
    def running(self) -> bool:
        """Whether all of its containers run."""
        return all(member.running for member in (*self.hosts.values(), self.acme, self.visitor))

    def play(
        self,
        playbook: str,
        *args: str,
        inventories: Sequence[str | Path] = (DEMO_INVENTORY,),
        environment: Mapping[str, str] | None = None,
    ) -> play.Played:
        """Run a playbook against the hosts, with the configuration of `inventories`."""
        return play.play(playbook, [*inventories, self.inventory], *args, extra=environment)
