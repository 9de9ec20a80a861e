"""`slipway ci-setup`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from slipway.ci_setup import verb
from slipway.commands.inputs import EnvironmentName
from slipway.environment import Environment, declared


@click.command("ci-setup")
@click.argument("name", metavar="ENV", type=EnvironmentName())
@click.option("--review", is_flag=True, help="Let branches deploy review apps to this host, as root.")
@click.option("--yes", is_flag=True, help="With --review: agree to what it says.")
@click.option("--inventories", type=click.Path(path_type=Path), help="Folder to use in place of inventories/.")
def ci_setup(name: str, inventories: Path | None, *, review: bool, yes: bool) -> int:
    """Make the deploy key, collect the pinned host keys and set (or list) the GitLab variables of an environment.

    GITLAB_TOKEN (scope api) in the environment sets the variables, without it they are listed for pasting; GITLAB_URL
    and GITLAB_PROJECT where remote `origin` of the repository with the inventory does not say them.
    """
    folder = inventories.resolve() / name if inventories else declared(name)
    environment = Environment(name, (folder,))
    if review:
        verb.hand_out_to_branches(environment, os.environ, verb.asker(agreed=yes, environment=environment))
    else:
        verb.set_up(environment, os.environ)
    return 0
