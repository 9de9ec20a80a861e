"""`slipway audit`: the scores of each host beside those of the previous run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.slipway.kit.plugins.plugin_utils.audit.scores import Score
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import FAILED, UNKNOWN
from slipway.audit import deviations, history, run, table
from slipway.audit.deviations import Deviation
from slipway.environment import Environment


def audit(
    environment: Environment, limit: str = "", *, as_json: bool = False, environ: Mapping[str, str] | None = None
) -> int:
    """Print the scores of each host beside those of the previous run, keep them, return the exit code.

    Raises:
        UnknownError: no host was asked.
    """
    known = deviations.read()
    scored = run.audit(environment, limit, known, environ)
    before = history.previous(environment.name)
    values = {host: {one.checker: one.value for one in found if one.ran} for host, found in scored.items()}
    kept = history.keep(environment.name, values) if any(values.values()) else None
    if as_json:
        print(json.dumps({host: [as_dict(one, known) for one in found] for host, found in scored.items()}, indent=2))
    else:
        for host, found in scored.items():
            print(f"{table.render(host, found, before.get(host, {}), known)}\n")
        print(f"kept in {kept}" if kept else "nothing to keep")
    return exit_code(one for found in scored.values() for one in found)


def exit_code(scores: Iterable[Score]) -> int:
    """Return the exit code for the scores of all hosts: what nobody knows outweighs what was found."""
    every = list(scores)
    if not every or not all(one.ran for one in every):
        return UNKNOWN
    return 0 if all(one.met for one in every) else FAILED


def as_dict(score: Score, known: Sequence[Deviation]) -> dict[str, object]:
    """Return a score for JSON, each open finding with the reason why it stays, null where there is none."""
    reasons = deviations.accepted(known, score.checker)
    left = [{"id": one.id, "text": one.text, "reason": reasons.get(one.id)} for one in score.open]
    return {**score.as_dict(), "open": left}
