"""When will a disk be full, at the rate of the last hour? A release makes a step, and a step has no rate."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from ..findings.finding import Finding

MINUTE_S = 60.0
HOUR_S = 3600.0
WINDOW_S = HOUR_S
# Less than half an hour says nothing of the next half day.
SHORTEST_S = HOUR_S / 2
SOON_S = 12 * HOUR_S
PARTS = 3
Samples = Sequence[Sequence[float]]


def remembered(samples: Samples, free: float, now: float) -> list[list[float]]:
    """Return the samples of the last hour and this one, a minute apart at least: each is [Unix time, free bytes]."""
    kept = [[float(at), float(was)] for at, was in samples if 0 <= now - at <= WINDOW_S]
    return kept if kept and now - kept[-1][0] < MINUTE_S else [*kept, [now, free]]


def seconds_left(samples: Samples) -> float | None:
    """Return after how many seconds the last sample's bytes are used up, None where none are, or nobody knows yet.

    The rate is the smallest of those of the time's three parts: what fills a disk does so in all of them, a release or
    a file that comes and goes does not.
    """
    if not samples or samples[-1][0] - samples[0][0] < SHORTEST_S:
        return None
    cuts = [samples[(len(samples) - 1) * part // PARTS] for part in range(PARTS + 1)]
    rate = min((first[1] - then[1]) / (then[0] - first[0]) for first, then in itertools.pairwise(cuts))
    return samples[-1][1] / rate if rate > 0 else None


def filling(host: str, disks: Mapping[str, Samples]) -> list[Finding]:
    """Return a finding for each file system that will be full within half a day."""
    found = []
    for path, samples in disks.items():
        left = seconds_left(samples)
        if left is not None and left < SOON_S:
            what = f"{path} will be full in {left / HOUR_S:.0f} hours, at the rate of the last hour."
            command = f"sudo du -xh --max-depth=2 {path} | sort -h | tail   # on {host}"
            found.append(Finding("DISK_FILLING", what, f"{path} on {host}", command, "warning"))
    return found


def of_report(disks: Mapping[str, Any]) -> dict[str, float]:
    """Return the free bytes of each file system by its first path; paths of one file system have the same figures."""
    once: dict[tuple[int, int], str] = {}
    for path, disk in disks.items():
        once.setdefault((disk["total"], disk["free"]), path)
    return {path: disk["free"] for path, disk in disks.items() if path in once.values()}
