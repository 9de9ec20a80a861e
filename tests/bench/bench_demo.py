"""How long the main job takes: a bare host to the app on HTTPS, and a second run that finds nothing to do."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from contextlib import ExitStack

from slipway.demo import run
from slipway.rig import Rig
from tests.bench.figure import Figure

TITLE = "Main job on a throw-away host"
NAME = "bench-demo"
numbers = itertools.count(1)
# For five minutes ext4 searches around the files of a removed host, and a new one waits seconds for it.
REMAINS = ExitStack()
FIGURES = (
    Figure("first_200_s", "bare host to first HTTPS 200", "s", at_most=45),
    Figure("first_run_s", "bare host to the end of all checks", "s"),
    Figure("second_run_s", "second run, nothing to do", "s", at_most=8),
    Figure("second_changed", "tasks that the second run changed", "", at_most=0),
)


def measure() -> Mapping[str, float]:
    """Converge a bare host twice."""
    name = f"{NAME}-{next(numbers)}"
    REMAINS.callback(Rig.remove, name)
    rig, _ = run.living_or_new(name)
    first = run.converge(rig)
    second = run.converge(rig)
    return {
        "first_200_s": first.first_200_s,
        "first_run_s": first.seconds,
        "second_run_s": second.seconds,
        "second_changed": second.changed,
    }
