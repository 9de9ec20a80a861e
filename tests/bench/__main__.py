"""Measure: `python -m tests.bench [NAME ...] [--runs N]`; a NAME is a module bench_NAME.py of this folder."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, cast

from tests.bench.figure import Figure, missed, row

FOLDER = Path(__file__).parent
RESULTS = FOLDER.parents[1] / ".logs" / "bench.json"
RUNS = 3


class Bench(Protocol):
    """What a module bench_NAME.py offers; its REMAINS, if it has any, are removed after its last run."""

    TITLE: str
    FIGURES: Sequence[Figure]
    measure: Callable[[], Mapping[str, float]]


def names() -> list[str]:
    """Return the names of all benches."""
    return sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def load(name: str) -> Bench:
    """Import one."""
    return cast("Bench", importlib.import_module(f"tests.bench.bench_{name}"))


def main() -> int:
    """Run each bench `--runs` times and print medians; the exit code is 1 if a promise is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *names()], metavar="NAME", help=f"of: {', '.join(names())}")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"how often each is run (default: {RUNS})")
    options = parser.parse_args()
    broken: list[Figure] = []
    results: dict[str, Sequence[Mapping[str, float]]] = {}
    for name in options.names or names():
        bench = load(name)
        print(f"{bench.TITLE}, median of {options.runs}:", flush=True)
        with getattr(bench, "REMAINS", ExitStack()):
            runs = [bench.measure() for _ in range(options.runs)]
        for figure in bench.FIGURES:
            print(row(figure, runs), flush=True)
        results[name] = runs
        broken += missed(bench.FIGURES, runs)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
