"""One run: bring each mirror up to date, ship it, and read back what arrived."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping

from ..release import inside, mirror
from ..release.app import App
from ..release.dockerd import Engine
from ..release.lease import LeaseFile
from ..release.records import Records
from . import certificates, same_repository, state
from .clock import clock
from .config import Config
from .errors import BackupError
from .recorded import Outcome, Said, each, living, recorded
from .restic import Restic

# A deploy with long migrations; the next run by the timer comes sooner or later.
PATIENCE_S = 900
POLL_S = 2.0


def backup(config: Config, engine: Engine, say: Said = print) -> int:
    """Copy the data of all apps that have a mirror off this host.

    Returns:
        The exit code: 0 when the copy of each was read back from the store, else 1.
    """
    return recorded(config, "backup", lambda: _backup(config, engine, say), say)


def _backup(config: Config, engine: Engine, say: Said) -> Outcome:
    apps = living(config, say)
    if not apps:
        return {}, []
    restic = Restic(config)
    same_repository.meet(config, restic)
    restic.unlock()
    if state.made_copies_unwritten(config.places.state):
        state.take_history(config.places.state, config.apps)

    def one(name: str) -> Mapping[str, object]:
        told = _back_up(inside.live(name, config.places.apps).app, config, engine, restic)
        say(f"{name}: copy {str(told['id'])[:8]} of {told['bytes']} bytes is in the store")
        return told

    done, errors = each(apps, one)
    _, more = each(["certificates"], lambda _: certificates.back_up(config, restic))
    return {"apps": done}, [*errors, *more]


def _back_up(app: App, config: Config, engine: Engine, restic: Restic) -> Mapping[str, object]:
    if not app.mirror:
        raise BackupError(
            f"{app.name}: its live release was declared without a `mirror`.", fix=f"`slipway deploy ENV {app.name}`"
        )
    _refuse_other_history(app.name, config, restic)
    records = Records(app)
    with _undisturbed(app):
        live = records.slot_release(records.live_slot())
        folder = mirror.bring_up(app, records, engine)
        taken = time.time()
        marks = {"app": app.name, "release": live, "schema": str(records.data_schema())}
        copy_id = restic.back_up(folder, marks)
    found = [copy for copy in restic.copies(app.name) if copy.id == copy_id]
    if not found or found[0].tags != marks:
        raise BackupError(
            f"{app.name}: the store does not have the snapshot {copy_id[:8]} that was just sent to it.",
            fix="look at the store: its disk, and who else writes there; then `slipway backup ENV`",
        )
    state.take_history(config.places.state, [app.name])
    return {"id": copy_id, "at": taken, "bytes": found[0].bytes, "release": live}


def _refuse_other_history(app: str, config: Config, restic: Restic) -> None:
    """Refuse to let the data of a new host, which may be empty, follow the copies that were made of the one before.

    Raises:
        BackupError: the store has copies that are neither made here nor the origin of this host's data.
    """
    if state.own_history(config.places.state, app):
        return
    earlier = restic.copies(app)
    if earlier:
        raise BackupError(
            f"{app}: the store has {len(earlier)} copies of it from before this host, the newest of"
            f" {clock(earlier[-1].time)} with {earlier[-1].bytes} bytes. What is here was not copied.",
            fix=f"`slipway restore ENV {app}` brings it back; to go on without it: `slipway backup ENV --adopt`",
        )


@contextlib.contextmanager
def _undisturbed(app: App) -> Iterator[None]:
    """Have the mirror while no release is made: a deploy needs it before its hook, which may change the data's shape.

    Raises:
        BackupError: somebody is changing the app for longer than this run may wait.
    """
    until, leases = time.monotonic() + PATIENCE_S, LeaseFile(app.root / "state")
    while True:
        with mirror.locked(app, PATIENCE_S):
            holder = leases.holder()
            if holder is None:
                yield
                return
        if time.monotonic() >= until:
            raise BackupError(
                f"{app.name}: {holder.owner} is changing it for more than {PATIENCE_S} s; nothing was copied.",
                fix="`slipway status ENV` shows who; the next run copies it",
            )
        time.sleep(POLL_S)
