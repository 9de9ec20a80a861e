"""Go back to a release that the host still has."""

from __future__ import annotations

from .deploy import go_live
from .errors import ImageError, RefusedError
from .records import Release
from .session import Result, Session


def roll_back(session: Session, target: str, owner: str, *, force: bool, whole_run: bool) -> Result:
    """Make the last good release that is not live, or `target`, live again, with its own configuration and secrets.

    Args:
        session: the app on this host.
        target: release id or revision; empty for the last good one.
        owner: who asks.
        force: go back although the data has a newer schema.
        whole_run: go through all phases at once.

    Raises:
        RefusedError: there is none, it is bad, or it can't read the data.
        ReleaseError: whatever else stopped it; visitors have the release they had.
    """
    records = session.records
    live = records.slot_release(records.live_slot())
    release = choose(session, target, live)
    result = Result(release=release.id, previous=live)
    if session.is_live(release.id):
        result.said.append(f"{release.id} is live already")
        return result
    if release.schema < records.data_schema() and not force:
        raise RefusedError(
            f"{session.app.name}: {release.id} reads data of schema {release.schema},"
            f" but the data has schema {records.data_schema()} since a later release.",
            fix="choose a later one (`slipway status ENV`), restore the snapshot taken before that release, or "
            "`slipway rollback ENV --force`",
        )
    result.changed = True
    if session.check_mode:
        result.said.append(f"would go back from {live} to {release.id}")
        return result
    with session.changing(owner, result) as change:
        if change.under_way:
            result.said.append(change.recover())
            if session.is_live(release.id):
                return result
        if any(session.engine.image(each) is None for each in release.image_ids.values()):
            raise ImageError(
                f"{session.app.name}: an image of {release.id} is gone from the host.",
                fix="deploy that revision again; something outside Slipway removed it",
            )
        change.begin("rollback", release)
        go_live(change, release, result, whole_run=whole_run)
    return result


def choose(session: Session, target: str, live: str) -> Release:
    """Return the release to go back to.

    Raises:
        RefusedError: none is good, or the one asked for is unknown or bad.
    """
    kept = session.records.releases()
    listed = ", ".join(f"{release.id} ({release.state})" for release in kept) or "none"
    name = session.app.name
    if not target:
        good = [release for release in kept if release.state == "good" and release.id != live]
        if not good:
            raise RefusedError(f"{name}: there is no good release to go back to; kept: {listed}.", fix="deploy one")
        return good[0]
    found = [release for release in kept if target in (release.id, release.revision)]
    if not found:
        raise RefusedError(
            f"{name}: release {target!r} is not kept on this host; kept: {listed}.",
            fix="`slipway rollback ENV --to ID` takes one of those; or deploy that revision",
        )
    if found[0].state == "bad":
        raise RefusedError(
            f"{name}: {found[0].id} is marked bad ({found[0].reason}).",
            fix="choose a good one (`slipway status ENV`); to try it again, deploy its revision",
        )
    return found[0]
