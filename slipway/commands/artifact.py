"""`slipway artifact NAME`."""

from __future__ import annotations

import platform

import click

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import architecture_of, fetch, load


@click.command("artifact")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--arch", help="amd64 or arm64; without it this machine's.")
def artifact(names: tuple[str, ...], arch: str | None) -> int:
    """Fetch pinned programs (names in artifacts.yml); print the path of each in the cache."""
    for name in names:
        click.echo(fetch(load(name, arch or architecture_of(platform.machine()))))
    return 0
