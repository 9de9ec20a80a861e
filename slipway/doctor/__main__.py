"""Examine the hosts of an environment: `python -m slipway.doctor -i inventories/ENV [--limit HOST] [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding, report, worst
from slipway.asked import UNKNOWN, NotAskedError
from slipway.doctor.run import examine, examined

FOUND = 1
EXIT_CODES = (
    "exit codes: 0 well, or notices only; 1 findings, whose severity is in the text and in --json; "
    "3 no host was asked, or one could not be examined."
)


def main() -> int:
    """Print the findings of each host."""
    parser = argparse.ArgumentParser(prog="python -m slipway.doctor", description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("-i", "--inventory", action="append", required=True, help="as for ansible-playbook; repeatable")
    parser.add_argument("--limit", default="", help="only these hosts, as for ansible-playbook")
    parser.add_argument("--json", action="store_true", help="print {host: [finding, ...]} instead of text")
    parser.add_argument("--no-drift", action="store_true", help="leave out the rehearsal of a converge")
    options = parser.parse_args()
    started = time.monotonic()
    environment = Path(options.inventory[0]).name
    try:
        found = examine(options.inventory, environment, options.limit, with_drift=not options.no_drift)
    except NotAskedError as error:
        print(plain(str(error)), file=sys.stderr)
        return UNKNOWN
    if options.json:
        print(
            json.dumps({host: [finding.as_dict() for finding in entries] for host, entries in found.items()}, indent=2)
        )
    else:
        for host, entries in found.items():
            print(f"{headed(host, entries)}\n")
        print(f"{time.monotonic() - started:.1f} s")
    return exit_code(found)


def headed(host: str, entries: Sequence[Finding]) -> str:
    """Return the text for one host; what only deserves a notice leaves it well."""
    if not entries:
        return f"{host}: well"
    head = f"findings: {len(entries)}" if worst(entries) else f"well, notices: {len(entries)}"
    return f"{host}: {head}\n\n{report(entries)}"


def exit_code(found: Mapping[str, Iterable[Finding]]) -> int:
    """Return the exit code for the findings of all hosts: what nobody knows outweighs what was found."""
    every = [list(entries) for entries in found.values()]
    if not every or not all(examined(entries) for entries in every):
        return UNKNOWN
    return FOUND if any(worst(entries) for entries in every) else 0


if __name__ == "__main__":
    sys.exit(main())
