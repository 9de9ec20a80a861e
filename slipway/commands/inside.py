"""`slipway exec`."""

from __future__ import annotations

from typing import Any

import click

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway import inside
from slipway.commands import inputs
from slipway.commands.inputs import Formed

WORDS = "slipway.words"


class Behind(click.Command):
    """A verb whose command stands behind `--`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what stands behind `--` apart: it is nobody's option."""
        bar = args.index("--") if "--" in args else len(args)
        ctx.meta[WORDS] = args[bar + 1 :]
        return super().parse_args(ctx, args[:bar])


@click.command("exec", cls=Behind, options_metavar="[OPTIONS]", epilog="The command stands behind --.")
@inputs.environment
@inputs.app
@click.option("--process", default="", type=Formed(forms.APP), metavar="NAME", help="In its container.")
@click.option("--host", default="", metavar="HOST", help="On this host, where there are several.")
def execute(**given: Any) -> int:
    """Run a command inside a container of the live release; leaves an audit line on the host.

    Exit codes: those of the command; 2 refused; 3 the host was not reached.
    """
    words: list[str] = click.get_current_context().meta[WORDS]
    if not words:
        raise RefusalError("there is no command", "", "the command line", "slipway exec ENV -- CMD")
    environment = inputs.chosen(given["name"], given["inventories"])
    app = inputs.one_of(given["app_by_place"], given["app_by_name"])
    return inside.execute(environment, app, given["process"], given["host"], words)
