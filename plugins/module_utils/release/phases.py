"""A change on several hosts at once: each is prepared by its own verb, then all do one phase after the other."""

from __future__ import annotations

from typing import Literal

from .session import Result, Session

Phase = Literal["switch", "watch", "finish"]


def go_on(session: Session, phase: Phase, owner: str, token: str) -> Result:
    """Do the next phase of the change that this host was prepared for.

    Raises:
        ReleaseError: whatever stopped it; this host has been taken back.
    """
    journal = session.records.journal()
    release = session.records.release(journal.release) if journal else None
    if journal is None or release is None:
        return Result(said=["nothing is under way"])
    result = Result(changed=True, release=journal.release, previous=journal.previous, slot=journal.slot)
    with session.changing(owner, result, token) as change:
        if phase == "switch":
            change.switch(release)
        elif phase == "watch":
            change.watch()
        else:
            change.finish()
    return result


def take_back(session: Session, owner: str, token: str, failed_host: str) -> Result:
    """Give visitors of this host the release they had, because another host failed."""
    journal = session.records.journal()
    if journal is None:
        return Result(said=["nothing is under way"])
    result = Result(changed=True, release=journal.release, previous=journal.previous, slot=journal.slot)
    with session.changing(owner, result, token) as change:
        change.take_back("")
    result.said.append(f"taken back to {journal.previous or 'nothing'}, {failed_host} failed")
    return result
