"""Write an inventory for a real host: `python -m slipway.init ENV [HOST=... SSH_USER=... DOMAIN=... ...]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from slipway.init.ask import variables
from slipway.init.errors import InitError
from slipway.init.run import run

INTERRUPTED = 130  # what shells report for Ctrl-C
VARIABLES = """variables: HOST SSH_USER SSH_PORT SSH_KEY APP SOURCE DOMAIN EXPOSURE EMAIL, and HOST_KEY=SHA256:... to
confirm the host's key without being asked. exit codes: 0 written, 1 refused (nothing was written), 130 interrupted."""


def main() -> int:
    """Ask for what is not given, when there is a terminal to ask on."""
    parser = argparse.ArgumentParser(prog="python -m slipway.init", description=__doc__, epilog=VARIABLES)
    parser.add_argument("environment", help="name of the folder in inventories/ that is written")
    parser.add_argument("variables", nargs="*", metavar="NAME=value")
    parser.add_argument("--inventories", type=Path, default=Path("inventories"), help="where they are kept")
    options = parser.parse_intermixed_args()
    try:
        run(
            options.environment,
            options.inventories,
            variables(options.variables),
            input if sys.stdin.isatty() else None,
        )
    except InitError as error:
        print(f"Nothing was written.\n\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was written.", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
