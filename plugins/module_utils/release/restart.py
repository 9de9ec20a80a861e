"""Start the live release again: in the other slot, as a deploy does, or one process that serves no visitors."""

from __future__ import annotations

from .deploy import go_live
from .errors import RefusedError
from .process import MAIN
from .records import Release
from .session import Result, Session


def restart(session: Session, process: str, owner: str) -> Result:
    """Replace the containers of the live release by new ones, without a dropped request.

    Args:
        session: the app on this host.
        process: only this one; empty for the whole release.
        owner: who asks.

    Raises:
        RefusedError: nothing is live, or the release has no such process.
        ReleaseError: what was started did not get ready; visitors have what they had.
    """
    slot = session.records.live_slot()
    release = session.records.release(session.records.slot_release(slot))
    if slot is None or release is None:
        raise RefusedError(f"{session.app.name}: no release is live on this host.", fix="deploy one")
    result = Result(changed=True, release=release.id, previous=release.id)
    alone = _alone(session, release, process)
    if session.check_mode:
        return result
    with session.changing(owner, result) as change:
        if change.under_way:
            result.said.append(change.recover())
            return result
        if alone:
            change.restart(slot, release, process)
            session.note({"action": "restart", "process": process, "by": owner, "release": release.id}, result)
        else:
            change.begin("restart", release)
            go_live(change, release, result, whole_run=True)
    return result


def _alone(session: Session, release: Release, process: str) -> bool:
    """Whether a process can be restarted by itself: one that serves visitors goes the way of a release."""
    known = {each.name: each for each in session.records.processes(release.id)}
    if process and process not in known:
        raise RefusedError(
            f"{session.app.name}: the live release has no process {process!r}; it has {', '.join(known)}.",
            fix="name one of them, or none to restart them all",
        )
    return bool(process) and process != MAIN and not known[process].serves
