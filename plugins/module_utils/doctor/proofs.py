"""Copies that nobody proved, or that were found not to be whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from ..findings.duration import age
from ..findings.finding import Finding
from ..release.plain import plain_line

Tree = Mapping[str, object]

DAY_S = 24 * 3600
SAID_LENGTH = 200


@dataclass(frozen=True)
class Proof:
    """What a verb proves, and how many seconds may pass without it."""

    verb: str
    bad: str
    missing: str
    limit_s: int


PROOFS = (
    Proof("drill", "The newest copy of the data on {host} did not pass its drill", "was fetched and judged", 8 * DAY_S),
    Proof("check", "What the store has of {host} is damaged, or could not be read", "was read in the store", 3 * DAY_S),
)


def unproved(host: str, told: Tree) -> list[Finding]:
    """Return a finding for each proof of the copies that failed, or did not happen in time."""
    return [found for proof in PROOFS if (found := _judged(host, proof, told.get(proof.verb)))]


def _judged(host: str, proof: Proof, told: object) -> Finding | None:
    if not isinstance(told, Mapping):
        return None
    seconds, unit = cast("float", told["age_s"]), f"slipway-{proof.verb}"
    where, mend = f"{unit}.timer on {host}", f"sudo systemctl start {unit}   # on {host}; journalctl -u {unit} says why"
    if told["good"] is False:
        what = f"{proof.bad.format(host=host)}: {plain_line(str(told['said']))[:SAID_LENGTH]}"
        return Finding(f"{proof.verb.upper()}_FAILED", what, where, mend)
    if seconds <= proof.limit_s:
        return None
    what = f"No copy of the data on {host} {proof.missing} in {age(round(seconds))}."
    return Finding(f"{proof.verb.upper()}_OLD", what, where, mend)
