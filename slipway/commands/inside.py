"""`slipway exec`, `run`, `console` and `db`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway import inside
from slipway.commands import inputs
from slipway.commands.inputs import Formed

WORDS = "slipway.words"
WHAT = click.Choice(["console", "dump", "load"])


class Behind(click.Command):
    """A verb whose command stands behind `--`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what stands behind `--` apart: it is nobody's option."""
        bar = args.index("--") if "--" in args else len(args)
        ctx.meta[WORDS] = args[bar + 1 :]
        return super().parse_args(ctx, args[:bar])


def placed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options that say where its command runs."""
    process = click.option("--process", default="", type=Formed(forms.APP), metavar="NAME", help="As this process.")
    host = click.option("--host", default="", metavar="HOST", help="On this host, where there are several.")
    return inputs.environment(inputs.app(process(host(function))))


def place(verb: str, given: dict[str, Any]) -> inside.Place:
    """Return where a verb's command runs."""
    environment = inputs.chosen(given["name"], given["inventories"])
    app = inputs.one_of(given["app_by_place"], given["app_by_name"])
    return inside.Place(environment, app, given["process"], given["host"], verb)


def words(verb: str) -> list[str]:
    """Return the command that stands behind `--`.

    Raises:
        RefusalError: there is none.
    """
    typed: list[str] = click.get_current_context().meta[WORDS]
    if not typed:
        raise RefusalError("there is no command", "", "the command line", f"slipway {verb} ENV -- CMD")
    return typed


@click.command("exec", cls=Behind, options_metavar="[OPTIONS]", epilog="The command stands behind --.")
@placed
def execute(**given: Any) -> int:
    """Run a command inside a container of the live release; leaves an audit line on the host.

    Exit codes: those of the command; 2 refused; 3 the host was not reached.
    """
    return inside.execute(place("exec", given), words("exec"))


@click.command("run", cls=Behind, options_metavar="[OPTIONS]", epilog="The command stands behind --.")
@placed
def run(**given: Any) -> int:
    """Run a command in a new container of the live release, which goes away with it.

    It has the release's secrets, configuration, services and data, and its own share of memory: what it does costs no
    visitor. Leaves an audit line on the host.

    Exit codes: those of the command; 2 refused; 3 the host was not reached.
    """
    return inside.run(place("run", given), words("run"))


@click.command("console")
@placed
def console(**given: Any) -> int:
    """Open the app's console: `flask shell`, or Python where the image has no Flask, in a new container.

    Exit codes: those of the console; 2 refused; 3 the host was not reached.
    """
    return inside.run(place("console", given), inside.CONSOLE)


@click.command("db")
@inputs.environment
@click.argument("what", required=False, type=WHAT)
@click.option("--do", "by_name", type=WHAT, help="The same by its name.")
@inputs.app
@click.option("--service", "process", default="", type=Formed(forms.APP), metavar="NAME", help="Of several databases.")
@click.option("--host", default="", metavar="HOST", help="On this host, where there are several.")
@click.option("--yes", is_flag=True, help="load: replace what the database holds.")
def database(what: str | None, by_name: str | None, *, yes: bool, **given: Any) -> int:
    """Open the PostgreSQL of an app (console), write a dump to standard output, or load one from standard input.

    \b
    slipway db production console
    slipway db production dump > shop.dump
    slipway db staging load --yes < shop.dump

    A dump is consistent, and `load` is one transaction: done or not done. Each leaves an audit line.
    """
    chosen = what or by_name
    if not chosen or (what and by_name):
        raise RefusalError("say what to do, once", "", "the command line", "slipway db ENV console")
    if chosen == "load" and not yes:
        command = "slipway db ENV load --yes < FILE"
        raise RefusalError("loading a dump replaces what the database holds", "", "the command line", command)
    return inside.database(place("db", given), chosen)
