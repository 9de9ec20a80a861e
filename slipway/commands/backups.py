"""`slipway backup` and `slipway backups`."""

from __future__ import annotations

import click

from slipway import backups as verb
from slipway.commands import inputs


@click.command("backup")
@inputs.environment
def backup(name: str | None, inventories: tuple[str, ...]) -> int:
    """Copy the data of all apps with a `mirror` off the hosts now, and read the copies back from the store.

    The same happens by itself every `slipway_backup.every_minutes`.

    Exit codes: 0 a copy of each app was read back; 1 not on every host; 3 no host was asked.
    """
    return verb.backup(inputs.chosen(name, inventories))


@click.command("backups")
@inputs.environment
@inputs.app
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def backups(
    name: str | None,
    inventories: tuple[str, ...],
    app_by_place: str | None,
    app_by_name: str | None,
    *,
    as_json: bool,
) -> int:
    """List the copies in the store: when each was made, of which release, how much, and how the last run went.

    Exit codes: 0 every store answered; 3 no host was asked, or a store did not answer.
    """
    app = inputs.one_of(app_by_place, app_by_name)
    return verb.backups(inputs.chosen(name, inventories), app, as_json=as_json)
