"""`slipway demo` and `slipway demo-down`."""

from __future__ import annotations

import sys

import click

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import INTERRUPTED
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled
from slipway.demo import run

name = click.option("--name", default="demo", metavar="RIG", help="Of its rig, to have two demos side by side.")


@click.command("demo")
@name
def up(name: str) -> int:
    """Start a bare host in a container, put the app on it over HTTPS, and look at it.

    Run again it converges the living host and says what changed.
    """
    try:
        run.up(name)
    except KeyboardInterrupt:
        print(
            spelled("\nInterrupted. `slipway demo` goes on where it stopped; `slipway demo-down` removes all."),
            file=sys.stderr,
        )
        return INTERRUPTED
    return 0


@click.command("demo-down")
@name
def down(name: str) -> int:
    """Remove all that `slipway demo` made, its images apart."""
    run.down(name)
    return 0
