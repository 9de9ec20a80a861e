"""`slipway local`: an app on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from slipway import docker_host
from slipway.local import verbs
from slipway.local.app import FACTS, choose
from slipway.local.place import Place, root

WHICH = (
    click.Option(["--app"], type=click.Path(path_type=Path), help=f"Folder of an app with a Dockerfile and a {FACTS}."),
    click.Option(["--env"], default="", help="Inventory that declares the app, where --app is not given."),
    click.Option(["--name"], default=None, help="Which app of that inventory; without it the first."),
)


@click.group("local", invoke_without_command=True)
@click.option("--debug", is_flag=True, help="Flask's debugger in the page; off as in production.")
@click.option("--patience", type=float, default=60, metavar="S", help="Seconds to wait for the app; 60 without it.")
@click.pass_context
def local(ctx: click.Context, /, debug: bool, patience: float, **which: Any) -> int | None:
    """Run an app on this machine as in production: https://NAME.localhost, own CA, changes shown at once.

    Without a verb it is started; in a folder with a slipway.yml it is the app of that folder.
    """
    if ctx.invoked_subcommand:
        ctx.obj = which
        return None
    return carry_out(verbs.up, which, verbs.Options(debug=debug, patience_s=patience))


def carry_out(verb: verbs.Verb, which: dict[str, Any], options: verbs.Options) -> int:
    """Run one verb for the app that was chosen."""
    folder = which["app"]
    if folder is None and not which["env"] and Path(FACTS).is_file():
        folder = Path()
    before = os.umask(0o077)
    try:
        app = choose(folder, which["env"] or "demo", which["name"])
        with docker_host.reached(os.environ):
            return verb(app, Place(root(), app.name), options)
    finally:
        os.umask(before)


def add(name: str, verb: verbs.Verb, *options: click.Option) -> None:
    """Add a verb, which takes the app behind it too."""

    def call(**given: Any) -> int:
        outer = click.get_current_context().obj or {}
        which = {key: given.pop(key) or outer.get(key) for key in ("app", "env", "name")}
        return carry_out(verb, which, verbs.Options(**given))

    local.add_command(click.Command(name, callback=call, params=[*WHICH, *options], help=verb.__doc__))


BROWSERS = click.Option(["--browsers-only"], is_flag=True, help="Leave the system's store alone.")
local.params.extend(WHICH)
add(
    "up",
    verbs.up,
    click.Option(["--debug"], is_flag=True),
    click.Option(["--patience", "patience_s"], type=float, default=60),
)
add("logs", verbs.logs)
add("shell", verbs.shell)
add("down", verbs.down)
add("reset", verbs.reset, click.Option(["--yes"], is_flag=True, help="Do not ask."))
add("trust", verbs.trust_authority, BROWSERS)
add("untrust", verbs.untrust_authority, BROWSERS)
