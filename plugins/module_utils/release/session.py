"""One app on this host, and the frame of every change to it: lease, heartbeat, take back on failure, audit line."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from . import audit, trouble
from .app import App
from .change import Change
from .data_swap import DataSwap
from .dockerd import Engine
from .errors import GateError, HookError, LockedError, ReleaseError, TakeBackError, WatchError
from .exchange import take_back
from .front import Front
from .lease import Heartbeat, LeaseFile
from .records import Journal, Records
from .services import Services
from .slots import Slots
from .timers import Timers

# Failures that speak against the release itself, not against the host, its Caddy or the moment.
THE_RELEASE_IS_BAD = (GateError, HookError, WatchError)


@dataclass
class Result:
    """What came out.

    `layers_present` is set when images must be sent first, by the process that brings each; `lease` when another phase
    follows; `seconds` by step.
    """

    changed: bool = False
    release: str = ""
    previous: str = ""
    slot: str = ""
    said: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    layers_present: dict[str, int] | None = None
    lease: str = ""
    audit: dict[str, object] | None = None


class Session:
    """What every verb needs: the app, its records, Docker, the front, and whether it may only look."""

    def __init__(self, app: App, engine: Engine, front: Front | None, *, check_mode: bool = False) -> None:
        self.app, self.engine, self.front, self.check_mode = app, engine, front, check_mode
        self.records = Records(app)
        self.slots = Slots(app, self.records, engine)
        self.services = Services(app, engine)
        self.timers = Timers(app.name)
        self.leases = LeaseFile(self.records.state_dir)

    def is_live(self, release_id: str) -> bool:
        """Whether visitors get this release, its container runs on its port, and nothing was left half done."""
        slot = self.records.live_slot()
        if slot is None or self.records.slot_release(slot) != release_id or self.records.journal():
            return False
        if DataSwap(self.app, self.records).begun():
            return False
        return self.slots.run(slot, release_id) and self.services.run()

    @contextlib.contextmanager
    def changing(self, owner: str, result: Result, token: str = "") -> Iterator[Change]:
        """Hold the lease while the block changes the app; a failure in it takes the change back.

        When the block ends with a change still under way, the lease stays for the next phase (`result.lease`).

        Raises:
            LockedError: somebody else holds it.
        """
        lease = self.leases.take(owner, token)
        change = Change(self.app, self.engine, self.front, self.leases, lease)
        try:
            with Heartbeat(self.leases, lease):
                if take_back(change, DataSwap(self.app, self.records)):
                    result.said.append("took back the data that an interrupted restore had exchanged")
                yield change
            if change.under_way:
                self.leases.renew(lease, between_phases=True)
        except LockedError:
            raise  # somebody took over from a run that slept: change and lease are theirs
        except Exception as error:
            with Heartbeat(self.leases, lease):
                result.seconds, undone = change.seconds, _undone(change, error)
            result.said += [*change.said, *self.leases.give_back()]
            self._tell(undone, error, result)
            raise
        result.seconds = change.seconds
        result.said += change.said
        if change.under_way:
            result.lease = lease.token
            return
        result.said += self.leases.give_back()
        if change.closed:
            result.audit = self._audit(change.closed, change.seconds, "ok", result)

    def note(self, entry: dict[str, object], result: Result) -> dict[str, object]:
        """Write an audit line about this app; where that fails it is said: what was done stays done."""
        line = audit.line({"app": self.app.name, **entry})
        try:
            audit.write(line)
        except OSError as error:
            result.said.append(f"the audit line could not be written: {error}")
        return line

    def _tell(self, undone: Undone, error: Exception, result: Result) -> None:
        """Write the audit line of a change that failed; say so when it could not be taken back either."""
        journal, told = undone.journal, error
        if journal is None:
            return
        if undone.error:
            told = TakeBackError(
                f"{self.app.name}: the {journal.action} of {journal.release} failed ({_cause(error)}), and it could not"
                f" be taken back completely ({_cause(undone.error)}). {trouble.live_now(self.app)}",
                fix=f"{trouble.way_out(undone.error)}; the next deploy ends what this one began",
                evidence=error.evidence if isinstance(error, ReleaseError) else (),
            )
        code = told.code if isinstance(told, ReleaseError) else type(told).__name__
        line = self._audit(journal, result.seconds, code, result, reason=str(told).splitlines()[0])
        if isinstance(told, ReleaseError):
            told.audit = line
            told.evidence += tuple(result.said)
        if told is not error:
            raise told from undone.error

    def _audit(
        self, journal: Journal, seconds: dict[str, float], outcome: str, result: Result, *, reason: str = ""
    ) -> dict[str, object]:
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
        return self.note(entry | ({"reason": reason} if reason else {}), result)


@dataclass(frozen=True)
class Undone:
    """The change that was taken back, where one was under way, and what prevented it, where something did."""

    journal: Journal | None = None
    error: Exception | None = None


def _undone(change: Change, error: Exception) -> Undone:
    if not change.under_way:
        return Undone()
    journal = change.journal
    try:
        change.take_back(str(error).splitlines()[0] if isinstance(error, THE_RELEASE_IS_BAD) else "")
    except Exception as second:  # whatever it is, the lease is given back and what is live is said
        return Undone(journal, second)
    return Undone(journal)


def _cause(error: Exception) -> str:
    """Return why something failed, without the claims about visitors around it, which may not hold."""
    if not isinstance(error, ReleaseError):
        return str(error) or type(error).__name__
    return error.what.rpartition(": ")[2].partition(". ")[0].rstrip(".")
