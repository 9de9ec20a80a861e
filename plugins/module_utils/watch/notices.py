"""What is worth telling: two looks in a row must see a finding, and two its end. Pure; the clock is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

from ..findings.finding import WEIGHTS, Finding, Severity
from ..release.parsed import parsed

State = Literal["new", "still", "over"]

# One look may meet a restart in the middle; what two see, half a minute apart, is not on its way to be well again.
LOOKS = 2
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
# What ends by itself or was asked for, and is worth telling only where it stays (seconds).
PATIENCE_S: Mapping[str, float] = {
    "APP_MISSING": HOUR_S,  # between `provision` and the first `deploy`
    "MAINTENANCE": DAY_S,  # somebody turned it on
    "REBOOT_DUE": 26 * HOUR_S,  # hosts reboot at night
    "SECURITY_UPDATES": 26 * HOUR_S,  # hosts install them once per day
}
WHAT_LENGTH = 500


@dataclass(frozen=True)
class Trouble:
    """A finding that was seen: since when (Unix time), by how many looks in a row, or not seen by how many.

    `told` is when it was told last, 0 where never.
    """

    code: str
    what: str
    where: str
    command: str
    severity: str
    first: float
    seen: int = 1
    gone: int = 0
    told: float = 0.0


@dataclass(frozen=True)
class Event:
    """One thing to tell: a finding that is new, still there, or over; `since` and `at` are Unix times."""

    state: State
    code: str
    what: str
    where: str
    command: str
    severity: str
    since: float
    at: float

    def as_dict(self) -> dict[str, object]:
        """Return the fields for JSON."""
        return asdict(self)


def after(
    known: Mapping[str, Trouble], found: Iterable[Finding], now: float, remind_s: float = DAY_S
) -> tuple[dict[str, Trouble], list[Event]]:
    """Return what is known after one more look, and what is to be told.

    Args:
        known: what the looks before left, by `key`.
        found: what this look found; notices are left out.
        now: Unix time in seconds. A clock that was set back makes nothing new.
        remind_s: seconds after which what is still there is told again.
    """
    seen = merged(found)
    left, events = dict[str, Trouble](), list[Event]()
    for key, finding in seen.items():
        trouble = _seen(known.get(key), finding, now)
        if _is_due(trouble, now, remind_s):
            events.append(_event("still" if trouble.told else "new", trouble, now))
            trouble = replace(trouble, told=now)
        left[key] = trouble
    for key in known.keys() - seen.keys():
        trouble = replace(known[key], gone=known[key].gone + 1, seen=0)
        if trouble.told and trouble.gone < LOOKS:
            left[key] = trouble
        elif trouble.told:
            events.append(_event("over", trouble, now))
    return left, sorted(events, key=lambda each: (each.state == "over", -_weight(each), each.code, each.where))


def merged(found: Iterable[Finding]) -> dict[str, Finding]:
    """Return the findings that deserve more than a notice by code and place; those of one place become one."""
    result: dict[str, Finding] = {}
    for finding in found:
        if finding.severity == "notice":
            continue
        key = f"{finding.code}|{finding.where}"
        before = result.get(key)
        what = f"{before.what} {finding.what}" if before and finding.what not in before.what else finding.what
        result[key] = replace(before or finding, what=what[:WHAT_LENGTH])
    return result


def restored(told: object) -> dict[str, Trouble]:
    """Return what was written down of troubles; what is damaged is forgotten."""
    entries = told.items() if isinstance(told, Mapping) else ()
    read = {str(key): parsed(Trouble, entry if isinstance(entry, Mapping) else None) for key, entry in entries}
    return {key: trouble for key, trouble in read.items() if trouble}


def told_of(known: Mapping[str, Trouble]) -> dict[str, Trouble]:
    """Return what was told: all that counts after a boot, which ends whatever was only seen before."""
    return {key: trouble for key, trouble in known.items() if trouble.told}


def _seen(before: Trouble | None, finding: Finding, now: float) -> Trouble:
    if before is None:
        return Trouble(finding.code, finding.what, finding.where, finding.command, finding.severity, first=now)
    return replace(
        before,
        what=finding.what,
        command=finding.command,
        severity=finding.severity,
        seen=before.seen + 1,
        gone=0,
        first=min(before.first, now),
        told=min(before.told, now),
    )


def _is_due(trouble: Trouble, now: float, remind_s: float) -> bool:
    if trouble.told:
        return now - trouble.told >= remind_s
    return trouble.seen >= LOOKS and now - trouble.first >= PATIENCE_S.get(trouble.code, 0.0)


def _event(state: State, trouble: Trouble, now: float) -> Event:
    return Event(
        state,
        trouble.code,
        trouble.what,
        trouble.where,
        trouble.command,
        trouble.severity,
        since=trouble.first,
        at=now,
    )


def _weight(event: Event) -> int:
    severity: Severity = event.severity if event.severity in WEIGHTS else "error"
    return WEIGHTS[severity]
