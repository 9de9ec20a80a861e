"""The Compose commands of a slot: pure, lists of arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .app import MAIN, App, Slot
from .records import Records, Release


def up(project: str, file: Path, processes: Sequence[str]) -> list[str]:
    """Create what is missing or different of some processes of a slot, and start them.

    Compose would hand the anonymous volumes of the slot's last container to the new one: files of another release.
    """
    command = [*_compose(project, file), "up", "--detach", "--no-build", "--pull", "never", "--remove-orphans"]
    return [*command, "--renew-anon-volumes", *processes]


def run(project: str, file: Path, name: str, argv: Sequence[str], mounts: Mapping[str, str] | None = None) -> list[str]:
    """Run one command in a new container of a slot's image, with its secrets and configuration, without its port.

    `mounts` are folders of the host that this container alone has, each with its path inside.
    """
    command = [*_compose(project, file), "run", "--rm", "--no-deps", "-T", "--name", name]
    command += [f"--volume={source}:{target}" for source, target in (mounts or {}).items()]
    return [*command, "--entrypoint", argv[0], MAIN, *argv[1:]]


def down(project: str, file: Path) -> list[str]:
    """Remove a slot's container and network."""
    return [*_compose(project, file), "down", "--remove-orphans"]


def network_removal(project: str) -> list[str]:
    """Remove the network that Compose made for a project."""
    return ["docker", "network", "rm", f"{project}_default"]


def environment(app: App, slot: Slot, release: Release, records: Records) -> dict[str, str]:
    """Return the values that the Compose file takes from its environment.

    The restart policy is `no` until the gate has opened: a reboot in between must not start an untried release.
    """
    processes = records.processes(release.id)
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        **{_variable("SLIPWAY_IMAGE", name): image for name, image in release.image_ids.items()},
        "SLIPWAY_SLOT": slot,
        **{_variable("SLIPWAY_PORT", each.name): str(each.ports[slot]) for each in processes if each.serves},
        "SLIPWAY_RELEASE": release.id,
        "SLIPWAY_SECRETS_DIR": str(records.secrets_of(release.id)),
        "SLIPWAY_DATA_DIR": str(app.data_dir),
        "SLIPWAY_RESTART": "no",
    }


def _variable(prefix: str, process: str) -> str:
    return prefix if process == MAIN else f"{prefix}_{process.upper().replace('-', '_')}"


def _compose(project: str, file: Path) -> list[str]:
    return ["docker", "compose", "--ansi", "never", "--project-name", project, "--file", str(file)]
