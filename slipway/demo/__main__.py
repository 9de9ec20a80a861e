"""Start or remove the demo: `python -m slipway.demo up|down`."""

from __future__ import annotations

import argparse
import sys

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain
from slipway.demo import run
from slipway.demo.errors import DemoError
from slipway.rig import RigError

INTERRUPTED = 130  # what shells report for Ctrl-C


def main() -> int:
    """Run one verb; the exit code is 1 when it could not be done, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m slipway.demo", description=__doc__)
    parser.add_argument("verb", choices=["up", "down"])
    parser.add_argument("--name", default="demo", help="of its rig, to have two demos side by side (default: demo)")
    options = parser.parse_args()
    try:
        {"up": run.up, "down": run.down}[options.verb](options.name)
    except (DemoError, RigError) as error:
        print(plain(str(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. `make demo` goes on where it stopped; `make demo-down` removes all.", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
