"""Audit the hosts of an environment: `python -m slipway.audit -i inventories/ENV [--limit HOST] [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain
from ansible_collections.slipway.kit.plugins.plugin_utils.audit.scores import Score
from slipway.asked import UNKNOWN, NotAskedError
from slipway.audit import deviations, history, run, table
from slipway.audit.deviations import Deviation

MISSED = 1
EXIT_CODES = (
    "exit codes: 0 every target met; 1 a target missed; "
    "3 no host was asked, a host did not answer, or a checker did not run to its end."
)


def main() -> int:
    """Print the scores of each host beside those of the previous run, and keep them."""
    parser = argparse.ArgumentParser(prog="python -m slipway.audit", description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("-i", "--inventory", action="append", required=True, help="as for ansible-playbook; repeatable")
    parser.add_argument("--limit", default="", help="only these hosts, as for ansible-playbook")
    parser.add_argument("--json", action="store_true", help="print {host: [score, ...]} instead of text")
    options = parser.parse_args()
    environment = Path(options.inventory[0]).name
    known = deviations.read()
    try:
        scored = run.audit(options.inventory, options.limit, known)
    except NotAskedError as error:
        print(plain(str(error)), file=sys.stderr)
        return UNKNOWN
    before = history.previous(environment)
    values = {host: {one.checker: one.value for one in found if one.ran} for host, found in scored.items()}
    kept = history.keep(environment, values) if any(values.values()) else None
    if options.json:
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
    return 0 if all(one.met for one in every) else MISSED


def as_dict(score: Score, known: Sequence[Deviation]) -> dict[str, object]:
    """Return a score for JSON, each open finding with the reason why it stays, null where there is none."""
    reasons = deviations.accepted(known, score.checker)
    left = [{"id": one.id, "text": one.text, "reason": reasons.get(one.id)} for one in score.open]
    return {**score.as_dict(), "open": left}


if __name__ == "__main__":
    sys.exit(main())
