"""`slipway status`."""

from __future__ import annotations

import click

from slipway import status as verb
from slipway.commands import inputs


@click.command("status")
@inputs.environment
@inputs.app
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def status(
    name: str | None,
    inventories: tuple[str, ...],
    app_by_place: str | None,
    app_by_name: str | None,
    *,
    as_json: bool,
) -> int:
    """Show the releases, locks, certificates and health of the apps.

    Exit codes: 0 every host answered; 3 no host was asked, or one did not answer.
    """
    app = inputs.one_of(app_by_place, app_by_name)
    return verb.status(inputs.chosen(name, inventories), app, as_json=as_json)
