"""The mirror of an app's data: a folder that the live release brings up to its data, only what changed.

It lies in a folder of root's, and a container sees it only while it brings it up: what serves visitors can neither read
nor change it. Who copies it away meanwhile holds the same lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from . import commands, files
from .app import App
from .commands import CommandError
from .dockerd import Engine
from .errors import ReleaseError
from .one_off import OneOff
from .records import Records

# Where the container that brings it up finds it.
INSIDE = "/slipway-mirror"
LOCK = "mirror.lock"
POLL_S = 0.2
COPY = ("cp", "--archive", "--reflink=auto", "--no-target-directory", "--")


class MirrorError(ReleaseError):
    """The mirror could not be brought up to the data, or copied; the app goes on as it was."""

    code = "mirror"


def folder_of(app: App) -> Path:
    """Return where an app's mirror is."""
    return app.root / "mirror"


@contextlib.contextmanager
def locked(app: App, patience_s: float) -> Iterator[None]:
    """Have the mirror to oneself.

    Raises:
        MirrorError: somebody else has it for longer than that.
    """
    descriptor = os.open(app.root / "state" / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + patience_s
        while not _got(descriptor):
            if time.monotonic() >= deadline:
                raise MirrorError(
                    f"{app.name}: its mirror is in use by another run, and was for {patience_s:g} s.",
                    fix="run this again when that is done (`systemctl status slipway-backup` on the host shows one)",
                )
            time.sleep(POLL_S)
        yield
    finally:
        os.close(descriptor)


def _got(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def bring_up(app: App, records: Records, engine: Engine) -> Path:
    """Let the live release bring the mirror up to its data, in a container of its own. Needs the lock.

    Returns:
        The mirror.

    Raises:
        MirrorError: nothing is live, or the command failed.
    """
    live = records.live_slot()
    serving = records.release(records.slot_release(live))
    if live is None or serving is None:
        raise MirrorError(
            f"{app.name}: no release is live that could bring its mirror up to date.",
            fix="`slipway deploy ENV` makes one live",
        )
    folder = folder_of(app)
    files.folder(folder, mode=0o700, owner=app.uid)
    try:
        OneOff(app, records, engine).run("mirror", serving, live, [*app.mirror, INSIDE], {str(folder): INSIDE})
    except CommandError as error:
        raise MirrorError(
            f"{app.name}: `mirror` {error.why} in the live release {serving.id}.",
            evidence=error.evidence,
            fix=f"let `{' '.join(app.mirror)}` bring the folder in its last argument up to the data; where the live"
            " release does not know the command yet, declare `snapshot` for one deploy, and `mirror` after it",
        ) from error
    return folder


def copy(app: App, target: Path) -> None:
    """Copy the mirror to a path that is not there yet; nothing in it is followed. Needs the lock.

    Raises:
        MirrorError: it could not be copied, or not in the time that a hook may take.
    """
    command = [*COPY, str(folder_of(app)), str(target)]
    try:
        commands.run(command, app.hook_timeout_s, {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    except CommandError as error:
        raise MirrorError(
            f"{app.name}: `cp` {error.why}, so there is no copy of its mirror.",
            evidence=error.evidence,
            fix=f"make room where it says so, or raise hook_timeout_seconds of {app.name}",
        ) from error
