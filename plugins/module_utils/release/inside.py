"""A command in a new container of the live release, with its secrets, configuration and data, without its port."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import audit, compose, files
from .app import App, Slot
from .errors import RefusedError
from .records import DECLARED, Records, Release

APPS = Path("/var/lib/slipway/apps")


@dataclass(frozen=True)
class Live:
    """The release that visitors get."""

    app: App
    slot: Slot
    release: Release

    @property
    def records(self) -> Records:
        """What is written down about its app."""
        return Records(self.app)

    def command(
        self, name: str, argv: Sequence[str], *, process: str, tty: bool = False
    ) -> tuple[list[str], Mapping[str, str]]:
        """Return what runs a command in a new container with the name, and its environment.

        Raises:
            RefusedError: the release has no such process.
        """
        known = {each.name: each for each in self.records.processes(self.release.id)}
        if process not in known:
            raise RefusedError(
                f"{self.app.name}: the live release {self.release.id} has no process {process!r}; it has "
                f"{', '.join(known)}.",
                fix="name one of them",
            )
        command = compose.run(
            self.app.project(self.slot),
            self.records.compose_file(self.release.id),
            name,
            argv,
            process=process,
            exports=known[process].exports,
            tty=tty,
        )
        return command, compose.environment(self.app, self.slot, self.release, self.records)


def live(name: str, apps: Path = APPS) -> Live:
    """Return the live release of an app on this host, from what is written down of it.

    Raises:
        RefusedError: there is none, or it was released before its declaration was kept.
    """
    root = apps / name
    slot: Slot = "green" if (root / "live" / "green").exists() else "blue"
    release_id = files.read_text(root / "live" / f"{slot}.release") or ""
    declared = files.read_json(root / "releases" / release_id / DECLARED) if release_id else None
    if not release_id:
        raise RefusedError(f"{name}: no release of it is live on this host.", fix=f"`slipway deploy ENV {name}`")
    try:
        app = App.parse(declared or {})
    except (KeyError, TypeError, ValueError) as error:
        raise RefusedError(
            f"{name}: the host does not know how {release_id} is declared ({error!r}).",
            fix=f"`slipway deploy ENV {name}` writes it down",
        ) from error
    release = Records(app).release(release_id)
    if release is None:
        raise RefusedError(
            f"{name}: the host has no record of the live release {release_id}.", fix=f"`slipway deploy ENV {name}`"
        )
    return Live(app, slot, release)


def run(name: str, process: str, argv: Sequence[str], *, by: str, tty: bool) -> int:
    """Run a command in a new container that goes away with it; returns the command's exit code.

    Raises:
        RefusedError: no release is live, or it has no such process.
    """
    found = live(name)
    container = f"{name}-run-{secrets.token_hex(4)}"
    command, environment = found.command(container, argv, process=process, tty=tty)
    audit.write(audit.line({"app": name, "action": "run", "process": process, "by": by, "container": container}))
    with removed_after(container):
        return subprocess.run(command, env={**environment, **_terminal()}, check=False).returncode


@contextlib.contextmanager
def removed_after(container: str) -> Iterator[None]:
    """Leave no container behind, however the block ends."""
    try:
        yield
    finally:
        subprocess.run(["docker", "rm", "--force", container], capture_output=True, check=False)


def _terminal() -> dict[str, str]:
    return {name: os.environ[name] for name in ("TERM", "COLUMNS", "LINES") if name in os.environ}
