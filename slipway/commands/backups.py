"""`slipway backup`, `slipway backups` and `slipway restore`."""

from __future__ import annotations

import click

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway import backups as verb
from slipway import restore as restoring
from slipway.commands import inputs, plays
from slipway.commands.inputs import Formed
from slipway.playbook import Run


@click.command("backup")
@inputs.environment
@click.option("--drill", is_flag=True, help="Fetch the newest copies too, and let the apps judge them.")
@click.option("--adopt", is_flag=True, help="On a new host: let its data follow the copies that the former one made.")
def backup(name: str | None, inventories: tuple[str, ...], *, drill: bool, adopt: bool) -> int:
    """Copy the data of all apps with a `mirror` off the hosts now, and read the copies back from the store.

    The same happens by itself every `slipway_backup.every_minutes`, and the drill once per week.

    Exit codes: 0 a copy of each app was read back, and passed its drill where that was asked; 1 not on every host; 3 no
    host was asked.
    """
    return verb.backup(inputs.chosen(name, inventories), drill=drill, adopt=adopt)


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


@click.command("restore")
@inputs.environment
@inputs.app
@click.option(
    "--at", default="", type=Formed(forms.MOMENT), metavar="TIME", help="The newest copy from before, in UTC."
)
@click.option("--copy", default="", type=Formed(forms.COPY), metavar="ID", help="This copy, of `slipway backups ENV`.")
@click.option("--host", default="", type=Formed(forms.LINE), metavar="HOST", help="Where several hosts have copies.")
@click.option("--bare", is_flag=True, help="To hosts without data: all of the newest copies, and all that site does.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(
    name: str | None,
    inventories: tuple[str, ...],
    app_by_place: str | None,
    app_by_name: str | None,
    *,
    at: str,
    copy: str,
    host: str,
    bare: bool,
    yes: bool,
) -> int:
    """Give an app the data of a copy: the newest, or the one of a moment. What it has stays on the host, beside.

    The copy is fetched and judged first. Visitors see the maintenance page only while the app starts with it; where it
    does not start, it has the data that it had.

    \b
    slipway restore production shop
    slipway restore production shop --at "2026-11-27 14:30"
    slipway restore production --bare

    With --bare a host that was lost is made again from the inventory and its copies: provisioned, given certificates
    and data, deployed and asked from outside. A host that has data is refused.

    Exit codes: 0 done; 1 failed, the app has the data that it had; 2 refused, nothing was touched; 3 no store answered.
    """
    app = inputs.one_of(app_by_place, app_by_name)
    environment = inputs.chosen(name, inventories)
    if bare:
        for given in (app, at, copy):
            if given:
                raise RefusalError("--bare brings all apps back", given, "the command line", "leave it out")
        return plays.played(Run(["restore-bare"], environment, {}, ["--limit", host] if host else []))
    if not app:
        raise RefusalError(
            "the app whose data is to come back is missing", "", "the command line", "slipway restore ENV APP"
        )
    if at and copy:
        raise RefusalError("one of --at and --copy says which, not both", copy, "the command line", "leave one out")
    wanted = restoring.Wanted(app, at, copy, host)
    return restoring.restore(environment, wanted, lambda typed: yes or _typed(typed))


def _typed(app: str) -> bool:
    """Ask for the name of the app, so that no habit answers."""
    return bool(click.prompt(f"Type {app} to go on", default="", show_default=False) == app)
