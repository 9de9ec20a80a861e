"""One score a checker, its target, and what keeps it from the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from .containers import audit

Tree = Mapping[str, object]

LYNIS_TARGET = 85
# Every test counts here, those too that a container, a virtual machine or a host without passwords can't pass.
LYNIS_RAW_TARGET = 80
SSH_TARGET = "0 failures, 0 warnings"
# testssl.sh's own scale.
ABOVE_LOW = {"MEDIUM", "HIGH", "CRITICAL", "FATAL"}


@dataclass(frozen=True)
class Open:
    """One finding of a checker that is still open."""

    id: str
    text: str


@dataclass(frozen=True)
class Score:
    """What a checker says. `value` is shown; `met` tells whether the target is reached by the checker's own measure.

    One that did not run has met nothing: `ran` tells it from one that found something.
    """

    checker: str
    value: str
    target: str
    met: bool
    open: tuple[Open, ...] = ()
    ran: bool = True

    def as_dict(self) -> dict[str, object]:
        """Return the fields for JSON."""
        return asdict(self)


def not_run(checker: str, target: str, reason: str) -> Score:
    """Return the score of a checker that did not run, or not to its end."""
    return Score(checker, "did not run", target, met=False, open=(Open("NOT_RUN", reason),), ran=False)


def failure(report: object) -> str:
    """Return why a checker did not run, empty where it did."""
    return str(report["failed"]) if isinstance(report, Mapping) and "failed" in report else ""


def ssh(report: Tree) -> Score:
    """Return ssh-audit's score from its JSON: algorithms with failures and with warnings."""
    if not report.get("kex"):
        reason = failure(report) or "ssh-audit learnt no key exchange of the host: sshd does not answer, or refuses it"
        return not_run("ssh-audit", SSH_TARGET, reason)
    found: dict[str, list[Open]] = {"fail": [], "warn": []}
    for kind in ("kex", "key", "enc", "mac"):
        for algorithm in cast("Sequence[Tree]", report.get(kind) or []):
            notes = cast("Mapping[str, list[str]]", algorithm.get("notes") or {})
            for level, entries in found.items():
                for note in notes.get(level) or []:
                    entries.append(Open(str(algorithm["algorithm"]), f"{level}: {note}"))
    failures, warnings = len(found["fail"]), len(found["warn"])
    value = f"{failures} failures, {warnings} warnings"
    met = not failures and not warnings
    return Score("ssh-audit", value, SSH_TARGET, met, (*found["fail"], *found["warn"]))


def lynis(report: Tree) -> Score:
    """Return Lynis's hardening index; warnings, suggestions and what was not asked stay open whatever the index is."""
    if reason := failure(report):
        return not_run("Lynis", f"index {LYNIS_TARGET}", reason)
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


def lynis_raw(report: Tree) -> Score:
    """Return Lynis's index with no test left out. What is open beyond `lynis` is what that one lists as not asked."""
    target = f"index {LYNIS_RAW_TARGET}"
    if reason := failure(report):
        return not_run("Lynis raw", target, reason)
    index = int(str(cast("Tree", report["raw"])["index"]))
    return Score("Lynis raw", f"index {index}", target, index >= LYNIS_RAW_TARGET)


def tls(sites: Mapping[str, object], accepted: set[str]) -> list[Score]:
    """Return testssl.sh's score of each site.

    Args:
        sites: findings by site, or why it was not scanned.
        accepted: ids of findings whose reason is written down.
    """
    scores = []
    for name, answer in sites.items():
        if reason := failure(answer):
            scores.append(not_run(f"testssl {name}", "0 above LOW", reason))
            continue
        findings = cast("list[Mapping[str, str]]", answer)
        left = [
            Open(one["id"], f"{one['severity']}: {one['finding']}") for one in findings if one["severity"] in ABOVE_LOW
        ]
        counted = [one for one in left if one.id not in accepted]
        value = f"{len(counted)} above LOW"
        scores.append(Score(f"testssl {name}", value, "0 above LOW", not counted, tuple(left)))
    return scores


def containers(inspections: object, engine: Tree) -> Score:
    """Return the score of the kit's own look at containers and engine, or why it could not look."""
    if reason := failure(inspections):
        return not_run("containers", "all", reason)
    passed, total, failures = audit(cast("list[Tree]", inspections), engine)
    left = tuple(Open(one["id"], one["finding"]) for one in failures)
    return Score("containers", f"{passed} of {total}", f"{total} of {total}", passed == total, left)
