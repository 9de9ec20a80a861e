"""One app on this host, and the frame of every change to it: lease, heartbeat, take back on failure, audit line."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from . import audit
from .app import App
from .change import Change
from .dockerd import Engine
from .errors import CheckError, GateError, HookError, ReleaseError, WatchError
from .front import Front
from .lease import Heartbeat, LeaseFile
from .records import Journal, Records

# Failures that speak against the release itself, not against the host or the moment.
THE_RELEASE_IS_BAD = (GateError, HookError, WatchError, CheckError)


@dataclass
class Result:
    """What came out.

    `layers_present` is set when the image must be sent first, `lease` when another phase follows; `seconds` by step.
    """

    changed: bool = False
    release: str = ""
    previous: str = ""
    slot: str = ""
    said: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    layers_present: int | None = None
    lease: str = ""
    audit: dict[str, object] | None = None


class Session:
    """What every verb needs: the app, its records, Docker, the front, and whether it may only look."""

    def __init__(self, app: App, engine: Engine, front: Front | None, *, only_look: bool = False) -> None:
        self.app, self.engine, self.front, self.only_look = app, engine, front, only_look
        self.records = Records(app)
        self.leases = LeaseFile(self.records.state_dir)

    def is_live(self, release_id: str) -> bool:
        """Whether visitors get this release, its container runs, and nothing was left half done."""
        slot = self.records.live_slot()
        if slot is None or self.records.slot_release(slot) != release_id or self.records.journal():
            return False
        container = self.engine.container(self.app.project(slot))
        return bool(container and container.running)

    @contextlib.contextmanager
    def changing(self, owner: str, result: Result, token: str = "") -> Iterator[Change]:
        """Hold the lease while the block changes the app; a failure in it takes the change back.

        When the block ends with a change still under way, the lease stays for the next phase (`result.lease`).

        Raises:
            LockedError: somebody else holds it.
        """
        lease = self.leases.take(owner, token)
        with Heartbeat(self.leases, lease):
            change = Change(self.app, self.engine, self.front, self.leases, lease)
            try:
                yield change
            except Exception as error:
                self._take_back(change, error, result)
                self.leases.give_back()
                raise
            result.seconds = change.seconds
            result.said += change.said
        if change.under_way:
            self.leases.renew(lease, between_phases=True)
            result.lease = lease.token
        else:
            if change.closed:
                result.audit = self._audit(change.closed, change.seconds, "ok")
            self.leases.give_back()

    def note(self, entry: dict[str, object]) -> dict[str, object]:
        """Write an audit line about this app."""
        return audit.write({"app": self.app.name, **entry})

    def _take_back(self, change: Change, error: Exception, result: Result) -> None:
        result.seconds = change.seconds
        if not change.under_way:
            return
        journal = change.journal
        reason = str(error).splitlines()[0]
        change.take_back(reason if isinstance(error, THE_RELEASE_IS_BAD) else "")
        code = error.code if isinstance(error, ReleaseError) else type(error).__name__
        result.audit = self._audit(journal, change.seconds, code, reason)
        if isinstance(error, ReleaseError):
            error.audit = result.audit

    def _audit(self, journal: Journal, seconds: dict[str, float], outcome: str, reason: str = "") -> dict[str, object]:
        release = self.records.release(journal.release)
        entry: dict[str, object] = {
            "action": journal.action,
            "release": journal.release,
            "previous": journal.previous,
            "image": release.image_id if release else "",
            "revision": release.revision if release else "",
            "by": journal.owner,
            "result": outcome,
            "seconds": seconds,
            "total_seconds": round(time.time() - journal.started, 3),
        }
        return self.note(entry | ({"reason": reason} if reason else {}))
