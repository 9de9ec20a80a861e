"""The release hook, and the snapshot of the data before it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

from . import compose, files
from .app import App, Slot
from .dockerd import Engine
from .errors import HookError
from .records import Records, Release

SNAPSHOTS = ".snapshots"
KEPT_SNAPSHOTS = 3
TAIL_LINES = 30


def take_snapshot(app: App, release: Release, live: Slot | None) -> str:
    """Let the live release copy its data consistently; returns the folder on the host, empty where nothing is live.

    The command makes the folder: one that is there is then a complete snapshot.

    Raises:
        HookError: the snapshot command failed; nothing else was done.
    """
    if not app.snapshot or live is None:
        return ""
    name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-before-{release.id}"
    files.folder(app.data_dir / SNAPSHOTS, mode=0o700, owner=app.uid)
    inside = f"{app.data_path}/{SNAPSHOTS}/{name}"
    command = ["docker", "exec", app.project(live), *app.snapshot, inside]
    _run(command, app, "snapshot", app.hook_timeout_s, environment=None)
    return str(app.data_dir / SNAPSHOTS / name)


def run_hook(app: App, records: Records, engine: Engine, release: Release, slot: Slot) -> None:
    """Run the hook in the new image with the new secrets and configuration.

    Raises:
        HookError: it exited with another code than 0 or took too long; its container is gone by then.
    """
    name = f"{app.name}-hook"
    engine.remove(name)
    command = compose.run(app.project(slot), records.compose_file(release.id), name, app.hook)
    try:
        environment = compose.environment(app, slot, release, records)
        _run(command, app, "release hook", app.hook_timeout_s, environment=environment)
    finally:
        engine.remove(name)


def _run(command: Sequence[str], app: App, what: str, timeout_s: int, *, environment: Mapping[str, str] | None) -> None:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environment) if environment else None,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=timeout_s)
        why = f"exited with code {process.returncode}" if process.returncode else ""
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        why = f"was stopped after {timeout_s} s"
    if why:
        raise HookError(
            f"{app.name}: the {what} {why}. Visitors still get the old release, its data as the command left it.",
            evidence=output.decode(errors="replace").splitlines()[-TAIL_LINES:],
            fix=f"correct `{' '.join(command[-3:])}` and deploy again",
        )
