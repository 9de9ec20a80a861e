"""Scores as a table of 80 columns, and below it what is open."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain
from ansible_collections.slipway.kit.plugins.plugin_utils.audit.scores import Score
from slipway.audit.deviations import Deviation, accepted

COLUMNS = 80
WIDTHS = (26, 24, 18)


def render(host: str, scores: Sequence[Score], before: Mapping[str, str], deviations: Sequence[Deviation]) -> str:
    """Return the text for one host."""
    lines = [row(host, "this run", "previous", "target")]
    for score in scores:
        mark = "" if score.met else "  MISSED" if score.ran else "  UNKNOWN"
        lines.append(row(score.checker, score.value, before.get(score.checker, "-"), score.target) + mark)
    for score in scores:
        lines += _left(score, accepted(deviations, score.checker))
    text: str = plain("\n".join(lines))
    return text


def row(first: str, *cells: str) -> str:
    """Return one row of the table."""
    padded = [first.ljust(WIDTHS[0] - 2), cells[0].ljust(WIDTHS[1]), cells[1].ljust(WIDTHS[1]), *cells[2:]]
    return " ".join(padded).rstrip()


def _left(score: Score, reasons: Mapping[str, str]) -> list[str]:
    """Return what is open: first what nobody gave a reason for, then each deviation with its reason."""
    bare = [one for one in score.open if one.id not in reasons]
    lines = [f"\n{score.checker}, open and without a reason:"] if bare else []
    for one in bare:
        lines += _wrapped(f"{one.id}: {one.text}")
    explained = list(dict.fromkeys(one.id for one in score.open if one.id in reasons))
    lines += [f"\n{score.checker}, left as it is:"] if explained else []
    for number in explained:
        lines += _wrapped(f"{number}: {reasons[number]}")
    return lines


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, COLUMNS, initial_indent="  ", subsequent_indent="    ")
