"""Start, watch and stop the containers of a local app."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain
from ansible_collections.slipway.kit.plugins.module_utils.release.secret_value import generate

from . import render
from .app import Chosen
from .images import artifact
from .place import Place


def compose(place: Place) -> list[str]:
    """Return the beginning of every Compose command of this app."""
    rendered = place.rendered
    files = ["--file", str(rendered / render.COMPOSE), "--file", str(rendered / render.OVERLAY)]
    return [str(artifact("docker-compose")), "--project-name", f"{place.app}-local", *files]


def environment(place: Place, image: str) -> dict[str, str]:
    """Return what production's compose file takes from the environment."""
    return {
        **os.environ,
        "SLIPWAY_IMAGE": image,
        "SLIPWAY_SLOT": "local",
        "SLIPWAY_PORT": "0",
        "SLIPWAY_RELEASE": "local",
        "SLIPWAY_RESTART": "no",
        "SLIPWAY_DATA_DIR": str(place.data),
        "SLIPWAY_SECRETS_DIR": str(place.secrets),
    }


def make_secrets(chosen: Chosen, place: Place) -> None:
    """Write a random value for every secret of the app that has none here yet."""
    names = chosen.production["secrets"]
    for name in names if isinstance(names, list) else []:
        file = place.secrets / str(name)
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(generate(str(name)) + "\n")


def hand_over(place: Place, user: tuple[int, int]) -> None:
    """Give the folders to the containers' user where this process is root."""
    if os.getuid() == 0:
        for path in (place.folder, place.front):
            for each in (path, *path.rglob("*")):
                os.chown(each, *user)


def run_hook(place: Place, image: str, argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run the release hook (migrations) in the new image with the mounted source, before the app starts."""
    command = [*compose(place), "run", "--rm", "--no-deps", "-T", "--entrypoint", argv[0], "app", *argv[1:]]
    return subprocess.run(command, env=environment(place, image), capture_output=True, text=True, check=False)


def up(place: Place, image: str) -> subprocess.CompletedProcess[str]:
    """Start what is not running, and what changed again."""
    command = [*compose(place), "up", "--detach", "--remove-orphans", "--quiet-pull"]
    return subprocess.run(command, env=environment(place, image), capture_output=True, text=True, check=False)


def down(place: Place) -> subprocess.CompletedProcess[str]:
    """Stop and remove the containers and their network."""
    command = [*compose(place), "down", "--remove-orphans"]
    return subprocess.run(command, env=environment(place, "none"), capture_output=True, text=True, check=False)


def run(place: Place, arguments: Sequence[str]) -> int:
    """Run a Compose command in the foreground; Ctrl-C is its own, and the usual way to end it."""
    with subprocess.Popen([*compose(place), *arguments], env=environment(place, "none")) as running:
        try:
            return running.wait()
        except KeyboardInterrupt:
            running.wait()
            return 0


def follow(place: Place, arguments: Sequence[str]) -> int:
    """Run a Compose command and print its lines, which are an app's, without what would steer the terminal.

    Ctrl-C is its own, and the usual way to end it.
    """
    command = [*compose(place), *arguments]
    with subprocess.Popen(
        command, env=environment(place, "none"), stdout=subprocess.PIPE, text=True, errors="replace"
    ) as child:
        try:
            for line in child.stdout or ():
                print(plain(line.rstrip("\r\n")), flush=True)
            return child.wait()
        except KeyboardInterrupt:
            child.wait()
            return 0


def running(place: Place) -> bool:
    """Whether this app's Caddy runs, and so holds its ports."""
    name = f"{place.app}-local-caddy-1"
    asked = ["docker", "container", "inspect", "--format", "{{.State.Running}}", name]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == "true"
