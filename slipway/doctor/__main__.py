"""Examine the hosts of an environment: `python -m slipway.doctor -i inventories/ENV [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from ansible.module_utils.findings import report, worst
from ansible.module_utils.release.plain import plain

from slipway.doctor.run import DoctorError, examine

UNKNOWN = 3
EXIT_CODES = "exit codes: 0 well, or notices only; 1 a warning; 2 an error; 3 the examination could not be made."


def main() -> int:
    """Print the findings of each host; the exit code is the worst of all."""
    parser = argparse.ArgumentParser(prog="python -m slipway.doctor", description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("-i", "--inventory", action="append", required=True, help="as for ansible-playbook; repeatable")
    parser.add_argument("--json", action="store_true", help="print {host: [finding, ...]} instead of text")
    parser.add_argument("--no-drift", action="store_true", help="leave out the rehearsal of a converge")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        found = examine(options.inventory, Path(options.inventory[0]).name, with_drift=not options.no_drift)
    except DoctorError as error:
        print(plain(str(error)), file=sys.stderr)
        return UNKNOWN
    if options.json:
        print(
            json.dumps({host: [finding.as_dict() for finding in entries] for host, entries in found.items()}, indent=2)
        )
    else:
        for host, entries in found.items():
            print(f"{host}: findings: {len(entries)}\n\n{report(entries)}\n" if entries else f"{host}: well\n")
        print(f"{time.monotonic() - started:.1f} s")
    severities: list[int] = [worst(entries) for entries in found.values()]
    return max(severities)


if __name__ == "__main__":
    sys.exit(main())
