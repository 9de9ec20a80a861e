"""Images and containers as the engine needs to know them, read from what Docker's API says of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

# What an image's configuration says about running it; the rest differs between builders, stores and engines.
RUN_BY = (
    "Cmd",
    "Entrypoint",
    "Env",
    "ExposedPorts",
    "Healthcheck",
    "Labels",
    "StopSignal",
    "User",
    "Volumes",
    "WorkingDir",
)


@dataclass(frozen=True)
class Image:
    """An image on this engine; `layers` are the diff ids from the base up, `size` is in bytes.

    `id` differs between the classic and the containerd image store; `fingerprint`, a SHA-256 of the layers and of how
    they are run, does not.
    """

    id: str
    fingerprint: str
    layers: tuple[str, ...]
    labels: Mapping[str, str]
    size: int
    tags: tuple[str, ...]
    volumes: tuple[str, ...] = ()
    architecture: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Container:
    """A container; `exit_code` tells only when it is not running, `ports` are those of the host that it publishes.

    `addresses` are its own on the networks that it is on, reached from this host only.
    """

    id: str
    name: str
    image: str
    running: bool
    restarting: bool
    restarts: int
    exit_code: int
    out_of_memory: bool
    health: str
    labels: Mapping[str, str]
    ports: tuple[int, ...] = ()
    addresses: tuple[str, ...] = ()


def image_of(found: Mapping[str, object]) -> Image:
    """Return an image from its inspection."""
    config, rootfs, tags = found.get("Config"), found.get("RootFS"), found.get("RepoTags")
    run_by = {key: config[key] for key in RUN_BY if config.get(key)} if isinstance(config, dict) else {}
    labels = run_by.get("Labels")
    layers = rootfs.get("Layers") if isinstance(rootfs, dict) else None
    return Image(
        id=str(found["Id"]),
        fingerprint=hashlib.sha256(json.dumps([layers, run_by], sort_keys=True).encode()).hexdigest(),
        layers=tuple(layers or ()),
        labels=labels or {},
        size=int(str(found.get("Size", 0))),
        tags=tuple(tags) if isinstance(tags, list) else (),
        architecture=str(found.get("Architecture") or ""),
        entrypoint=tuple(run_by.get("Entrypoint") or ()),
        command=tuple(run_by.get("Cmd") or ()),
        volumes=tuple(sorted((config.get("Volumes") or {}) if isinstance(config, dict) else ())),
    )


def container_of(found: Mapping[str, object]) -> Container:
    """Return a container from its inspection.

    Raises:
        TypeError: it is not described as Docker describes one.
    """
    state, config = found["State"], found["Config"]
    if not isinstance(state, dict) or not isinstance(config, dict):
        raise TypeError(f"Docker describes a container oddly: {str(found)[:200]}")
    return Container(
        id=str(found["Id"]),
        name=str(found["Name"]).lstrip("/"),
        image=str(found["Image"]),
        running=bool(state["Running"]),
        restarting=bool(state.get("Restarting")),
        restarts=int(str(found.get("RestartCount", 0))),
        exit_code=int(state["ExitCode"]),
        out_of_memory=bool(state.get("OOMKilled")),
        health=str((state.get("Health") or {}).get("Status", "")),
        labels=config.get("Labels") or {},
        ports=_host_ports(found.get("HostConfig")),
        addresses=_addresses(found.get("NetworkSettings")),
    )


def _addresses(settings: object) -> tuple[str, ...]:
    networks = settings.get("Networks") if isinstance(settings, dict) else None
    found = networks.values() if isinstance(networks, dict) else ()
    return tuple(str(each["IPAddress"]) for each in found if isinstance(each, dict) and each.get("IPAddress"))


def _host_ports(settings: object) -> tuple[int, ...]:
    """Return the ports of the host that a container was made to publish, in order."""
    bound = settings.get("PortBindings") if isinstance(settings, dict) else None
    each = (one for many in (bound or {}).values() for one in many or () if str(one.get("HostPort", "")).isdecimal())
    return tuple(sorted({int(one["HostPort"]) for one in each}))
