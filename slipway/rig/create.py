"""Make the containers of a rig and bring them up together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import docker

from slipway.rig import host, images, inventory, keys, network
from slipway.rig.acme import NAME as ACME
from slipway.rig.acme import Acme
from slipway.rig.container import MEMBER_LABEL
from slipway.rig.host import Host
from slipway.rig.ownership import Owner
from slipway.rig.state import State
from slipway.rig.visitor import Visitor

VISITOR = "visitor"


@dataclass(frozen=True)
class Members:
    """The containers of a rig."""

    hosts: dict[str, Host]
    acme: Acme
    visitor: Visitor


@dataclass(frozen=True)
class Plan:
    """A container to make."""

    image: str
    name: str
    aliases: Sequence[str]
    settings: Mapping[str, object]  # added to HostConfig of the engine's API


def create(client: docker.DockerClient, state: State) -> None:
    """Make everything that belongs to the rig and wait until its hosts can be logged in to."""
    labels = Owner.current(state.folder, kept=state.kept).labels(state.name, state.token)
    tags = images.ensure(client, prepared=state.prepared)
    plans = [
        Plan(tags["pebble"], ACME, [], {"Init": True}),
        Plan(tags["visitor"], VISITOR, [], {"Init": True, "CapAdd": ["NET_ADMIN"]}),
    ]
    for name, aliases in state.hosts.items():
        volume = f"{state.prefix}-{name}-docker"
        client.volumes.create(volume, labels=labels)
        plans.append(Plan(tags["host"], name, aliases, host.settings(volume)))
    addresses = network.create(client, state.prefix, labels).addresses()
    for plan in plans:
        _create(client, state.prefix, plan, next(addresses), labels)
    key = keys.ssh_key()
    (state.folder / "id_ed25519").touch(mode=0o600)
    (state.folder / "id_ed25519").write_text(key.private)
    boot(members(client, state), state, key.public)


def _create(
    client: docker.DockerClient,
    prefix: str,
    plan: Plan,
    address: tuple[str, str | None],
    labels: Mapping[str, str],
) -> None:
    api = client.api
    endpoint = api.create_endpoint_config(
        aliases=[plan.name, *plan.aliases], ipv4_address=address[0], ipv6_address=address[1]
    )
    api.create_container(
        plan.image,
        name=f"{prefix}-{plan.name}",
        hostname=plan.name,
        labels={**labels, MEMBER_LABEL: plan.name},
        host_config={**api.create_host_config(network_mode=prefix), **plan.settings},
        networking_config={"EndpointsConfig": {prefix: endpoint}},
    )


def members(client: docker.DockerClient, state: State) -> Members:
    """Find the containers of a rig.

    Raises:
        LookupError: one of them is gone.
    """
    hosts = {name: Host.find(client, state.token, name) for name in state.hosts}
    for machine in hosts.values():
        machine.folder, machine.user = state.folder, state.user
    acme = Acme.find(client, state.token, ACME)
    acme.folder = state.folder
    return Members(hosts, acme, Visitor.find(client, state.token, VISITOR))


def boot(parts: Members, state: State, public_key: str) -> None:
    """Start all containers at once, then let them know each other."""
    parts.acme.configure()
    starts: list[Callable[[], None]] = [parts.acme.start, parts.visitor.start]
    starts += [machine.start for machine in parts.hosts.values()]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda start: start(), starts))
        done = [pool.submit(_log_in, machine, public_key) for machine in parts.hosts.values()]
        done.append(pool.submit(parts.acme.introduce, parts.visitor))
        for each in done:
            each.result()
    pinned = [line for machine in parts.hosts.values() for line in machine.host_keys()]
    (state.folder / "known_hosts").write_text("\n".join(pinned) + "\n")
    inventory.write(state.folder, parts.hosts.values(), parts.acme)


def _log_in(machine: Host, public_key: str) -> None:
    machine.authorize(machine.user, public_key)
    machine.wait()
