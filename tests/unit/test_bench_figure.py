"""The table of `make bench`."""

from __future__ import annotations

import pytest

from tests.bench.figure import Figure, missed, number, row

RUNS = [{"t": 40.0}, {"t": 44.44}, {"t": 61.0}]


def test_a_row_shows_median_range_and_promise() -> None:
    line = row(Figure("t", "first 200", "s", at_most=45), RUNS)
    assert line.split() == ["first", "200", "44.4", "s", "40..61", "at", "most", "45", "kept"]


def test_a_figure_without_promise_is_only_told() -> None:
    assert row(Figure("t", "first 200", "s"), RUNS).endswith("40..61")


@pytest.mark.parametrize(
    ("figure", "broken"),
    [
        (Figure("t", "", "s", at_most=44.44), False),
        (Figure("t", "", "s", at_most=44), True),
        (Figure("t", "", "s", at_least=44.44), False),
        (Figure("t", "", "s", at_least=45), True),
        (Figure("t", "", "s"), False),
    ],
)
def test_a_promise_is_judged_by_the_median(figure: Figure, broken: bool) -> None:
    assert (missed([figure], RUNS) == [figure]) is broken


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (0.01234, "0.0123"), (8.25, "8.25"), (16600.4, "16,600")])
def test_numbers_have_no_more_digits_than_a_reader_can_use(value: float, text: str) -> None:
    assert number(value) == text
