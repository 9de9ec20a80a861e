"""`slipway image build|pack ENV APP`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from slipway import docker_host
from slipway import image as verb
from slipway.commands.inputs import EnvironmentName
from slipway.environment import Environment, declared, given


@click.command("image")
@click.argument("what", type=click.Choice(["build", "pack"]))
@click.argument("name", metavar="[ENV]", required=False, type=EnvironmentName())
@click.argument("app_by_place", metavar="[APP]", required=False)
@click.option("--app", help="The same as [APP].")
@click.option("-i", "--inventory", metavar="PATH", help="In place of ENV: an inventory elsewhere.")
@click.option("--source", type=click.Path(path_type=Path), help="Folder that `build` and `dockerfile` are relative to.")
@click.option("--base-image", default="", help="Takes the place of debian:13-slim.")
@click.option("--revision", default="", help="Git revision to note; without it that of the source.")
def image(
    what: str,
    name: str | None,
    app_by_place: str | None,
    app: str | None,
    inventory: str | None,
    source: Path | None,
    base_image: str,
    revision: str,
) -> int:
    """Build the image of an app as `slipway deploy` would, without any host; print what `app_images` takes.

    `pack` also packs it for hosts that have nothing of it, which the first deploy to a host then need not wait for.
    """
    chosen = app or app_by_place
    if not chosen or not (inventory or name):
        raise click.UsageError("ENV and APP say what to build.")
    environment = given((inventory,)) if inventory else Environment(str(name), (declared(str(name)),))
    with docker_host.reached(os.environ):
        ready = verb.build(environment, chosen, source, base_image, revision)
        if what == "pack":
            verb.pack(ready)
    click.echo(verb.reference(ready))
    return 0
