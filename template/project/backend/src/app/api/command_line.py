"""Commands for who operates it: `flask users grant ann@example.com admin`."""

from __future__ import annotations

import click
from flask import Blueprint

from app.accounts import users
from app.database import session

blueprint = Blueprint("command_line", __name__, cli_group="users")


@blueprint.cli.command("grant")
@click.argument("email")
@click.argument("group", default=users.ADMIN)
def grant(email: str, group: str) -> None:
    """Put the user with this address into a group, `admin` without one."""
    with session() as opened:
        user = users.by_email(opened, email)
        if user is None:
            raise click.ClickException(f"Nobody has the address {email}. They have to sign up first.")
        users.grant(opened, user, group)
    click.echo(f"{email} is in {group}.")
