"""Start, look at and remove rigs by hand. See `python -m slipway.rig --help`."""

from __future__ import annotations

import argparse
import os
import sys
import time

from slipway.rig import state
from slipway.rig.errors import RigError
from slipway.rig.rig import Rig

DEFAULT_NAME = "hand"


def up(options: argparse.Namespace) -> None:
    """Start a rig that stays until `down`."""
    began = time.monotonic()
    rig = Rig.up(options.name, dict(options.host or [("web1", ["app.test"])]), user=options.user, kept=True)
    print(f"Rig {rig.name} is up after {time.monotonic() - began:.1f} s.")
    describe(rig)


def describe(rig: Rig) -> None:
    """Print how to use a rig."""
    for host in rig.hosts.values():
        print(f"  {host.name:12} {host.address:16} {host.address6 or ''}")
    print(f"  inventory    {rig.inventory}")
    print(f"  log in       python -m slipway.rig ssh --name {rig.name} {next(iter(rig.hosts))}")


def down(options: argparse.Namespace) -> None:
    """Remove a rig; it is no error if there is none."""
    Rig.remove(options.name)


def status(_: argparse.Namespace) -> None:
    """List the rigs of this checkout."""
    for remembered in state.known():
        print(f"{remembered.name}:")
        try:
            describe(Rig.load(remembered.name))
        except RigError:
            print("  is not running")


def ssh(options: argparse.Namespace) -> None:
    """Log in to a host, or run a command there."""
    rig = Rig.load(options.name)
    command = rig.host(options.member or next(iter(rig.hosts))).ssh(*options.command)
    os.execvp(command[0], command)  # noqa: S606 - no shell is what makes the words words


def host(text: str) -> tuple[str, list[str]]:
    """Parse `name[:alias,alias]`."""
    name, _, aliases = text.partition(":")
    return name, [alias for alias in aliases.split(",") if alias]


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    top = argparse.ArgumentParser(prog="python -m slipway.rig", description=__doc__)
    verbs = top.add_subparsers(required=True, metavar="up|down|status|ssh")
    for verb in (up, down, status, ssh):
        each = verbs.add_parser(verb.__name__, help=verb.__doc__)
        each.set_defaults(verb=verb)
        if verb is not status:
            each.add_argument("--name", default=DEFAULT_NAME, help=f"which rig (default: {DEFAULT_NAME})")
        if verb is up:
            each.add_argument("--host", type=host, action="append", metavar="NAME[:DOMAIN,DOMAIN]")
            each.add_argument("--user", default="root", help="who may log in (default: root); others may sudo")
        if verb is ssh:
            each.add_argument("member", nargs="?", metavar="HOST")
            each.add_argument("command", nargs=argparse.REMAINDER)
    return top


def main() -> int:
    """Run one verb; the exit code is 1 when the rig cannot do it."""
    options = parser().parse_args()
    try:
        options.verb(options)
    except RigError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
