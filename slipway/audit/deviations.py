"""Findings of checkers that stay, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.audit.scores import Open, Score

FILE = Path(__file__).with_name("deviations.yml")


@dataclass(frozen=True)
class Deviation:
    """A finding that is accepted: the checker's name, the id it gives, and why it stays."""

    checker: str
    id: str
    reason: str


def read(path: Path = FILE) -> list[Deviation]:
    """Return the deviations of a file.

    Raises:
        ValueError: an entry without a reason, or one that stands twice.
    """
    entries = [Deviation(**entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or []]
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        if not entry.reason.strip():
            raise ValueError(f"{path}: {entry.checker} {entry.id} has no reason.")
        if (entry.checker, entry.id) in seen:
            raise ValueError(f"{path}: {entry.checker} {entry.id} stands twice.")
        seen.add((entry.checker, entry.id))
    return entries


def accepted(deviations: Iterable[Deviation], checker: str) -> dict[str, str]:
    """Return id to reason for a checker; `testssl` counts for every site."""
    return {one.id: one.reason for one in deviations if checker.partition(" ")[0] == one.checker}


def unexplained(score: Score, deviations: Iterable[Deviation]) -> list[Open]:
    """Return the open findings of a score that nobody gave a reason for."""
    known = accepted(deviations, score.checker)
    return [one for one in score.open if one.id not in known]
