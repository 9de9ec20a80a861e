"""The release hook, and the snapshot of the data before it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

from . import compose, snapshots
from .app import MAIN, App, Slot
from .dockerd import Engine
from .errors import HookError
from .mortal import mortal
from .records import Records, Release

TAIL_LINES = 30
# Of the output, kept at most: a command may write as fast as it can for as long as it may run.
TAIL_BYTES = 64 * 1024


def take_snapshot(app: App, records: Records, engine: Engine, release: Release, live: Slot | None) -> None:
    """Let the live release copy its data consistently, in a second container of it; nothing where nothing is live.

    That container alone sees the folder of the snapshot, and only while it runs: what serves visitors can neither read,
    change nor replace one.

    Raises:
        HookError: the snapshot command failed or made nothing; nothing else was done.
    """
    if not app.snapshot or live is None:
        return
    serving = records.release(records.slot_release(live))
    if serving is None:
        raise HookError(
            f"{app.name}: the host has no record of the live release, so nothing can take the snapshot.",
            fix="take `snapshot` out of this app in slipway_apps for one deploy, copy the data by hand before it",
        )
    name = f"{app.name}-snapshot"
    engine.remove(name)
    with snapshots.Snapshots(app).making(release.id) as folder:
        argv = [*app.snapshot, f"{snapshots.INSIDE}/{snapshots.COPY}"]
        file, mounts = records.compose_file(serving.id), {str(folder): snapshots.INSIDE}
        exports = _exports(records, serving)
        command = compose.run(app.project(live), file, name, argv, mounts=mounts, exports=exports)
        try:
            environment = compose.environment(app, live, serving, records)
            _run(command, app, "snapshot", app.hook_timeout_s, environment=environment)
        finally:
            engine.remove(name)
        if not snapshots.was_made(folder):
            raise HookError(
                f"{app.name}: the snapshot command ended well and made neither a folder nor a file at {argv[-1]}.",
                fix=f"let `{' '.join(app.snapshot)}` write to the path in its last argument and deploy again",
            )


def run_hook(app: App, records: Records, engine: Engine, release: Release, slot: Slot) -> None:
    """Run the hook in the new image with the new secrets and configuration.

    Raises:
        HookError: it exited with another code than 0 or took too long; its container is gone by then.
    """
    name = f"{app.name}-hook"
    engine.remove(name)
    file, exports = records.compose_file(release.id), _exports(records, release)
    command = compose.run(app.project(slot), file, name, app.hook, exports=exports)
    try:
        environment = compose.environment(app, slot, release, records)
        _run(command, app, "release hook", app.hook_timeout_s, environment=environment)
    finally:
        engine.remove(name)


def _exports(records: Records, release: Release) -> Mapping[str, str]:
    """Return the variables that the app's own process of a release gets from files."""
    return next(each.exports for each in records.processes(release.id) if each.name == MAIN)


def _run(command: Sequence[str], app: App, what: str, timeout_s: int, *, environment: Mapping[str, str]) -> None:
    with subprocess.Popen(
        mortal(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        start_new_session=True,
    ) as process:
        until = time.monotonic() + timeout_s
        output = _last_words(process, until)
        try:
            process.wait(max(0.0, until - time.monotonic()))
            why = f"exited with code {process.returncode}" if process.returncode else ""
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            why = f"was stopped after {timeout_s} s"
    if why:
        raise HookError(
            f"{app.name}: the {what} {why}. Visitors still get the old release, its data as the command left it.",
            evidence=output.decode(errors="replace").splitlines()[-TAIL_LINES:],
            fix=f"correct `{' '.join(command[-3:])}` and deploy again",
        )


def _last_words(process: subprocess.Popen[bytes], until: float) -> bytes:
    """Return the end of what a command writes, when it writes no more or its time is over, however much that was."""
    output = b""
    while process.stdout and (left := until - time.monotonic()) > 0:
        if select.select([process.stdout], [], [], left)[0]:
            part = os.read(process.stdout.fileno(), TAIL_BYTES)
            if not part:
                break
            output = (output + part)[-TAIL_BYTES:]
    return output
