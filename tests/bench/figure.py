"""A figure: what is measured, in which unit, and what was promised."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Runs = Sequence[Mapping[str, float]]  # what `measure()` returned, once for each run


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    key: str  # under which `measure()` returns it
    title: str
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def promise(self) -> str:
        """Return the bound in words, empty if nothing was promised."""
        if self.at_most is not None:
            return f"at most {number(self.at_most)}"
        return f"at least {number(self.at_least)}" if self.at_least is not None else ""

    def kept(self, median: float) -> bool:
        """Tell whether the promise is kept."""
        return (self.at_most is None or median <= self.at_most) and (self.at_least is None or median >= self.at_least)


def number(value: float) -> str:
    """Write a number with the digits that a reader can use: three of them below a thousand."""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def row(figure: Figure, runs: Runs) -> str:
    """Return the table's line: title, median, range, promise and whether it is kept."""
    values = [run[figure.key] for run in runs]
    median = statistics.median(values)
    spread = f"{number(min(values))}..{number(max(values))}"
    verdict = ("kept" if figure.kept(median) else "MISSED") if figure.promise else ""
    text = f"  {figure.title:<46} {number(median):>8} {figure.unit:<9} {spread:<15} {figure.promise:<15} {verdict}"
    return text.rstrip()


def missed(figures: Sequence[Figure], runs: Runs) -> list[Figure]:
    """Return the figures whose median breaks the promise."""
    return [each for each in figures if not each.kept(statistics.median(run[each.key] for run in runs))]
