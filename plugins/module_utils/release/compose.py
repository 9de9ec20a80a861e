"""The Compose commands of a slot: pure, lists of arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .app import MAIN, App, Slot
from .exports import wrapped
from .records import OVERRIDE, Records, Release

SURROUNDINGS = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}


def up(project: str, file: Path, processes: Sequence[str]) -> list[str]:
    """Create what is missing or different of some processes of a slot, and start them.

    Compose would hand the anonymous volumes of the slot's last container to the new one: files of another release.
    """
    command = [*_compose(project, file), "up", "--detach", "--no-build", "--pull", "never", "--remove-orphans"]
    return [*command, "--renew-anon-volumes", *processes]


def run(
    project: str,
    file: Path,
    name: str,
    argv: Sequence[str],
    *,
    process: str = MAIN,
    mounts: Mapping[str, str] | None = None,
    exports: Mapping[str, str] | None = None,
    on_top: Path | None = None,
    tty: bool = False,
) -> list[str]:
    """Run one command in a new container of a slot's image, with its secrets and configuration, without its port.

    `process` is whose image and configuration it has; `mounts` are folders of the host that this container alone has,
    each with its path inside; `exports` are variables that are set from files; `on_top` is a Compose file that says
    otherwise.
    """
    overlay = ["--file", str(on_top)] if on_top else []
    command = [*_compose(project, file), *overlay, "run", "--rm", "--no-deps", *([] if tty else ["-T"]), "--name", name]
    command += [f"--volume={source}:{target}" for source, target in (mounts or {}).items()]
    words = wrapped(exports or {}, argv)
    return [*command, "--entrypoint", words[0], process, *words[1:]]


def services_up(project: str, file: Path) -> list[str]:
    """Create or change the services of an app, and start them; those that the file does not name are left alone."""
    return [*_compose(project, file), "up", "--detach", "--no-build", "--pull", "never"]


def down(project: str, file: Path) -> list[str]:
    """Remove a slot's container and network."""
    return [*_compose(project, file), "down", "--remove-orphans"]


def environment(app: App, slot: Slot, release: Release, records: Records) -> dict[str, str]:
    """Return the values that the Compose file takes from its environment.

    The restart policy is `no` until the gate has opened: a reboot in between must not start an untried release.
    """
    processes = records.processes(release.id)
    return {
        **SURROUNDINGS,
        **{variable("SLIPWAY_IMAGE", name): image for name, image in release.image_ids.items() if "/" not in name},
        "SLIPWAY_SLOT": slot,
        **{variable("SLIPWAY_PORT", each.name): str(each.ports[slot]) for each in processes if each.serves},
        "SLIPWAY_RELEASE": release.id,
        "SLIPWAY_SECRETS_DIR": str(records.secrets_of(release.id)),
        "SLIPWAY_SERVICES_DIR": str(app.secrets_dir / "services"),
        "SLIPWAY_DATA_DIR": str(app.data_dir),
        "SLIPWAY_RESTART": "no",
    }


def variable(prefix: str, process: str) -> str:
    """Return the variable of a process or service in a Compose file."""
    return prefix if process == MAIN else f"{prefix}_{process.upper().replace('-', '_')}"


def _compose(project: str, file: Path) -> list[str]:
    command = ["docker", "compose", "--ansi", "never", "--project-name", project, "--file", str(file)]
    on_top = file.with_name(OVERRIDE)
    return [*command, "--file", str(on_top)] if on_top.exists() else command
