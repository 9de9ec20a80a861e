"""Audit the hosts of an environment: `python -m slipway.audit -i inventories/ENV [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from slipway.audit import deviations, history, run, table

MISSED = 1
UNKNOWN = 3
EXIT_CODES = "exit codes: 0 every target met; 1 a target missed; 3 the checkers could not be run."


def main() -> int:
    """Print the scores of each host beside those of the previous run, and keep them."""
    parser = argparse.ArgumentParser(prog="python -m slipway.audit", description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("-i", "--inventory", action="append", required=True, help="as for ansible-playbook; repeatable")
    parser.add_argument("--json", action="store_true", help="print {host: [score, ...]} instead of text")
    options = parser.parse_args()
    environment = Path(options.inventory[0]).name
    known = deviations.read()
    try:
        scored = {host: run.score(raw, known) for host, raw in run.gather(options.inventory).items()}
    except run.AuditError as error:
        print(error, file=sys.stderr)
        return UNKNOWN
    before = history.previous(environment)
    kept = history.keep(
        environment, {host: {one.checker: one.value for one in found} for host, found in scored.items()}
    )
    if options.json:
        print(json.dumps({host: [one.as_dict() for one in found] for host, found in scored.items()}, indent=2))
    else:
        for host, found in scored.items():
            print(f"{table.render(host, found, before.get(host, {}), known)}\n")
        print(f"kept in {kept}")
    return 0 if all(one.met for found in scored.values() for one in found) else MISSED


if __name__ == "__main__":
    sys.exit(main())
