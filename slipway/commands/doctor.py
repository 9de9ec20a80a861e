"""`slipway doctor`."""

from __future__ import annotations

import click

from slipway.commands import inputs
from slipway.doctor import verb


@click.command("doctor")
@inputs.environment
@click.option("--limit", default="", metavar="HOSTS", help="Only these hosts.")
@click.option("--json", "as_json", is_flag=True, help="Print {host: [finding, ...]}.")
@click.option("--no-drift", is_flag=True, help="Leave out the rehearsal of a converge, which takes longest.")
def doctor(name: str | None, inventories: tuple[str, ...], limit: str, *, as_json: bool, no_drift: bool) -> int:
    """Examine the hosts: findings with a code, and the command that mends each.

    Exit codes: 0 well, or notices only; 1 findings, whose severity is in the text and in --json; 3 no host was asked,
    or one could not be examined.
    """
    return verb.doctor(inputs.chosen(name, inventories), limit, as_json=as_json, with_drift=not no_drift)
