"""Fetch pinned programs by hand: `python -m slipway.artifacts caddy` prints the path in the cache."""

from __future__ import annotations

import argparse
import platform
import sys

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import ArtifactError, architecture_of, fetch, load


def main() -> int:
    """Print the path of each artifact named; exit 1 where one can't be had or is not what was pinned."""
    parser = argparse.ArgumentParser(prog="python -m slipway.artifacts", description=__doc__)
    parser.add_argument("names", nargs="+", metavar="NAME", help="name in artifacts.yml")
    parser.add_argument("--arch", help="amd64 or arm64 (default: this machine's)")
    asked = parser.parse_args()
    try:
        architecture = asked.arch or architecture_of(platform.machine())
        for name in asked.names:
            print(fetch(load(name, architecture)))
    except ArtifactError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
