"""An app's data as a copy has it: fetched beside, judged, brought to the live release's shape, then exchanged."""

from __future__ import annotations

from ..release import data_swap, files, hook
from ..release.app import App, Slot
from ..release.dockerd import Engine
from ..release.exchange import exchange
from ..release.one_off import OneOff
from ..release.records import Records, Release
from ..release.session import Result, Session
from . import fetched, judged, state
from .clock import clock
from .config import Config
from .errors import BackupError
from .restic import Copy, Restic


def restore(config: Config, app: App, copy_id: str, owner: str, *, check_mode: bool = False) -> Result:
    """Give the live release of an app the data that a copy has; what it had is kept beside.

    Args:
        config: where the copies are.
        app: whose data.
        copy_id: which copy, by the beginning of its id.
        owner: who asks.
        check_mode: find the copy, and touch nothing.

    Raises:
        BackupError: there is no such copy, it is not whole, or the live release can't read it.
        ReleaseError: the app did not get ready with it. Whatever it is: the app has the data that it had.
    """
    restic = Restic(config)
    copy = _chosen(restic, app, copy_id)
    session = Session(app, Engine(), None)
    result = Result(changed=True, release=session.records.slot_release(session.records.live_slot()))
    if check_mode:
        return result
    with session.changing(owner, result) as change:
        if change.under_way:
            result.said.append(change.recover())
        slot, release = _live(session.records, app)
        _refuse_newer(copy, release, app)
        swap = data_swap.DataSwap(app, session.records)
        try:
            fetched.fetch(restic, copy, app, swap.fresh)
            result.said += _prepared(session, slot, release, swap)
            former = exchange(change, swap, slot, release)
        finally:
            files.remove_tree(swap.fresh)
        state.take_history(config.places.state, [app.name])
        result.said += [f"the data is that of {clock(copy.time)}", f"the former data is in {app.root / former}"]
        entry = {"action": "restore", "release": release.id, "copy": copy.id, "of": clock(copy.time), "by": owner}
        result.audit = session.note({**entry, "result": "ok"}, result)
    return result


def _chosen(restic: Restic, app: App, copy_id: str) -> Copy:
    found = [each for each in restic.copies(app.name) if each.id.startswith(copy_id)]
    if len(found) != 1:
        raise BackupError(
            f"{app.name}: {len(found) or 'no'} copies of it begin with {copy_id!r}.",
            fix=f"`slipway backups ENV {app.name}`",
        )
    return found[0]


def _live(records: Records, app: App) -> tuple[Slot, Release]:
    slot = records.live_slot()
    release = records.release(records.slot_release(slot))
    if slot is None or release is None:
        raise BackupError(
            f"{app.name}: no release is live that could use the data.", fix=f"`slipway deploy ENV {app.name}`"
        )
    return slot, release


def _refuse_newer(copy: Copy, release: Release, app: App) -> None:
    schema = copy.tags.get("schema", "")
    if schema.isdecimal() and int(schema) > release.schema:
        raise BackupError(
            f"{app.name}: the copy of {clock(copy.time)} has schema {schema}, and the live release {release.id} reads"
            f" {release.schema}; nothing was touched.",
            fix=f"`slipway deploy ENV {app.name}` a release that reads it, or choose an older copy",
        )


def _prepared(session: Session, slot: Slot, release: Release, swap: data_swap.DataSwap) -> list[str]:
    """Let the live release judge the copy, and bring it to its own shape; returns what it said."""
    app = session.app
    verdict = judged.judge(session.engine, app, (slot, release), swap.fresh)
    unjudged = f"{app.name} has no `judge`, so nobody looked whether the copy is whole"
    said = [f"judged: {verdict}" if verdict else unjudged]
    if app.hook:
        runner = OneOff(app, session.records, session.engine, swap.fresh)
        hook.run_hook(runner, app, release, slot)
    return said
