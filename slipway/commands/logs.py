"""`slipway logs`."""

from __future__ import annotations

import click

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from slipway import logs as verb
from slipway.commands import inputs
from slipway.commands.inputs import Formed


@click.command("logs")
@inputs.environment
@inputs.app
@click.option("--process", default="", metavar="NAME", help="Of this process; of the app's own without it.")
@click.option("--lines", type=Formed(forms.COUNT), default="100", metavar="N", help="How many; 100 without it.")
def logs(
    name: str | None,
    inventories: tuple[str, ...],
    app_by_place: str | None,
    app_by_name: str | None,
    process: str,
    lines: str,
) -> int:
    """Print what the live releases wrote last.

    Exit codes: 0 every host answered; 3 no host was asked, or one did not answer.
    """
    app = inputs.one_of(app_by_place, app_by_name)
    return verb.logs(inputs.chosen(name, inventories), app, int(lines or 100), process)
