"""Remove what belongs to a rig, or to rigs whose owners are gone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import docker
from docker.errors import NotFound

from slipway.rig import state, turn
from slipway.rig.ownership import STATE_LABEL, TOKEN_LABEL, is_leftover


@turn.of_one_user("sweep")
def leftovers(client: docker.DockerClient) -> set[str]:
    """Remove all that crashed runs left behind; return the tokens of their rigs.

    One process at a time: the engine refuses to remove what is being removed.
    """
    filters: dict[str, str | list[str] | bool] = {"label": TOKEN_LABEL}
    found = [container.labels for container in client.containers.list(all=True, filters=filters, ignore_removed=True)]
    found += [network.attrs["Labels"] for network in client.networks.list(filters=filters)]
    found += [volume.attrs["Labels"] for volume in client.volumes.list(filters=filters)]
    gone = {labels[TOKEN_LABEL]: labels[STATE_LABEL] for labels in found if is_leftover(labels)}
    for token, folder in gone.items():
        remove(client, token)
        state.forget_leftover(Path(folder), token)
    return set(gone)


def remove(client: docker.DockerClient, token: str) -> None:
    """Remove containers, networks and volumes of one rig; what is gone already is not an error."""
    filters: dict[str, str | list[str] | bool] = {"label": f"{TOKEN_LABEL}={token}"}
    with ThreadPoolExecutor() as pool:
        containers = client.containers.list(all=True, filters=filters, ignore_removed=True)
        list(pool.map(lambda container: _quietly(container.remove, v=True, force=True), containers))
        list(pool.map(lambda network: _quietly(network.remove), client.networks.list(filters=filters)))
        list(pool.map(lambda volume: _quietly(volume.remove, force=True), client.volumes.list(filters=filters)))


def _quietly(remove_it: Callable[..., None], **options: bool) -> None:
    with suppress(NotFound):
        remove_it(**options)
