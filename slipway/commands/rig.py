"""`slipway rig`: throw-away hosts by hand."""

from __future__ import annotations

import os
import time

import click

from slipway.rig import state
from slipway.rig.errors import RigError
from slipway.rig.rig import Rig

name_option = click.option("--name", default="hand", metavar="RIG", help="Which rig; `hand` without it.")


class NamedHost(click.ParamType[tuple[str, list[str]]]):
    """`name[:domain,domain]`."""

    name = "NAME[:DOMAIN,DOMAIN]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, list[str]]:
        """Return the host's name, and the domains that lead to it."""
        host, _, domains = value.partition(":")
        return host, [domain for domain in domains.split(",") if domain]


@click.group("rig")
def rig() -> None:
    """Start, look at and remove throw-away hosts in containers."""


@rig.command()
@name_option
@click.option("--host", "hosts", type=NamedHost(), multiple=True, metavar=NamedHost.name, help="Repeatable.")
@click.option("--user", default="root", help="Who may log in; others than root may sudo.")
def up(name: str, hosts: tuple[tuple[str, list[str]], ...], user: str) -> int:
    """Start a rig that stays until `down`."""
    began = time.monotonic()
    made = Rig.up(name, dict(hosts or [("web1", ["app.test"])]), user=user, kept=True)
    click.echo(f"Rig {made.name} is up after {time.monotonic() - began:.1f} s.")
    describe(made)
    return 0


@rig.command()
@name_option
def down(name: str) -> int:
    """Remove a rig; it is not an error where there is none."""
    Rig.remove(name)
    return 0


@rig.command()
def status() -> int:
    """List the rigs of this checkout."""
    for remembered in state.known():
        click.echo(f"{remembered.name}:")
        try:
            describe(Rig.load(remembered.name))
        except RigError:
            click.echo("  is not running")
    return 0


@rig.command(context_settings={"ignore_unknown_options": True})
@name_option
@click.argument("host", required=False)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def ssh(name: str, host: str | None, command: tuple[str, ...]) -> None:
    """Log in to a host, or run a command there."""
    found = Rig.load(name)
    line = found.host(host or next(iter(found.hosts))).ssh(*command)
    os.execvp(line[0], line)  # noqa: S606 - no shell is what makes the words words


def describe(found: Rig) -> None:
    """Print how to use a rig."""
    for host in found.hosts.values():
        click.echo(f"  {host.name:12} {host.address:16} {host.address6 or ''}")
    click.echo(f"  inventory    {found.inventory}")
    click.echo(f"  log in       slipway rig ssh --name {found.name} {next(iter(found.hosts))}")
