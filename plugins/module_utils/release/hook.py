"""The release hook, and the copy of the data before it."""

from __future__ import annotations

from collections.abc import Sequence

from . import mirror, snapshots
from .app import App, Slot
from .commands import CommandError
from .dockerd import Engine
from .errors import HookError
from .one_off import OneOff
from .records import Records, Release


def keep_data(app: App, records: Records, engine: Engine, release: Release, live: Slot | None) -> None:
    """Keep a copy of the data as it is before the hook; nothing where nothing is live.

    Raises:
        HookError, MirrorError: it could not be made; nothing else was done.
    """
    if live is None:
        return
    if not app.mirror:
        take_snapshot(app, records, engine, release, live)
        return
    with mirror.locked(app, app.hook_timeout_s):
        mirror.bring_up(app, records, engine)
        with snapshots.Snapshots(app).making(release.id) as folder:
            mirror.copy(app, folder / snapshots.COPY)


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
    with snapshots.Snapshots(app).making(release.id) as folder:
        argv = [*app.snapshot, f"{snapshots.INSIDE}/{snapshots.COPY}"]
        try:
            OneOff(app, records, engine).run("snapshot", serving, live, argv, {str(folder): snapshots.INSIDE})
        except CommandError as error:
            raise _failed(app, "snapshot", argv, error) from error
        if not snapshots.was_made(folder):
            raise HookError(
                f"{app.name}: the snapshot command ended well and made neither a folder nor a file at {argv[-1]}.",
                fix=f"let `{' '.join(app.snapshot)}` write to the path in its last argument and deploy again",
            )


def run_hook(runner: OneOff, app: App, release: Release, slot: Slot) -> None:
    """Run the hook in a release's image with its secrets and configuration.

    Raises:
        HookError: it exited with another code than 0 or took too long; its container is gone by then.
    """
    try:
        runner.run("hook", release, slot, app.hook)
    except CommandError as error:
        raise _failed(app, "release hook", app.hook, error) from error


def _failed(app: App, what: str, argv: Sequence[str], error: CommandError) -> HookError:
    return HookError(
        f"{app.name}: the {what} {error.why}. Visitors still get the old release, its data as the command left it.",
        evidence=error.evidence,
        fix=f"correct `{' '.join(argv)}` and deploy again",
    )
