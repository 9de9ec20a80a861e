"""One score a checker, its target, and what keeps it from the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from .containers import audit

Tree = Mapping[str, object]

LYNIS_TARGET = 85
# testssl.sh's own scale.
ABOVE_LOW = {"MEDIUM", "HIGH", "CRITICAL", "FATAL"}


@dataclass(frozen=True)
class Open:
    """One finding of a checker that is still open."""

    id: str
    text: str


@dataclass(frozen=True)
class Score:
    """What a checker says. `value` is shown; `met` tells whether the target is reached by the checker's own measure."""

    checker: str
    value: str
    target: str
    met: bool
    open: tuple[Open, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return the fields for JSON."""
        return asdict(self)


def ssh(report: Tree) -> Score:
    """Return ssh-audit's score from its JSON: algorithms with failures and with warnings."""
    found: dict[str, list[Open]] = {"fail": [], "warn": []}
    for kind in ("kex", "key", "enc", "mac"):
        for algorithm in cast("Sequence[Tree]", report.get(kind) or []):
            notes = cast("Mapping[str, list[str]]", algorithm.get("notes") or {})
            for level, entries in found.items():
                for note in notes.get(level) or []:
                    entries.append(Open(str(algorithm["algorithm"]), f"{level}: {note}"))
    failures, warnings = len(found["fail"]), len(found["warn"])
    value = f"{failures} failures, {warnings} warnings"
    met = bool(report.get("kex")) and not failures and not warnings
    return Score("ssh-audit", value, "0 failures, 0 warnings", met, (*found["fail"], *found["warn"]))


def lynis(report: Tree) -> Score:
    """Return Lynis's hardening index; warnings, suggestions and what was not asked stay open whatever the index is."""
    entries = [
        *cast("list[Mapping[str, str]]", report["warnings"]),
        *cast("list[Mapping[str, str]]", report["suggestions"]),
    ]
    index = int(str(report["index"]))
    skipped = [test.partition(":")[0] for test in cast("list[str]", report["skipped"])]
    left = tuple(
        dict.fromkeys(
            [*(Open(one["id"], one["text"]) for one in entries), *(Open(one, "not asked") for one in skipped)]
        )
    )
    return Score("Lynis", f"index {index}", f"index {LYNIS_TARGET}", index >= LYNIS_TARGET, left)


def tls(sites: Mapping[str, list[Mapping[str, str]]], accepted: set[str]) -> list[Score]:
    """Return testssl.sh's score of each site.

    Args:
        sites: findings by site.
        accepted: ids of findings whose reason is written down.
    """
    scores = []
    for name, findings in sites.items():
        left = [
            Open(one["id"], f"{one['severity']}: {one['finding']}") for one in findings if one["severity"] in ABOVE_LOW
        ]
        counted = [one for one in left if one.id not in accepted]
        value = f"{len(counted)} above LOW"
        scores.append(Score(f"testssl {name}", value, "0 above LOW", not counted, tuple(left)))
    return scores


def containers(inspections: list[Tree], engine: Tree) -> Score:
    """Return the score of the kit's own look at containers and engine."""
    passed, total, failures = audit(inspections, engine)
    left = tuple(Open(one["id"], one["finding"]) for one in failures)
    return Score("containers", f"{passed} of {total}", f"{total} of {total}", passed == total, left)
