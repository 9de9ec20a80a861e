"""`flask user list|disable|enable|delete`."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from strongbox.logs import log
from strongbox.services import services

group = AppGroup("user", help="Accounts. Their records can't be seen from here.")


@group.command("list")
def list_accounts() -> None:
    """List all accounts."""
    for account in services().directory.accounts():
        state = "disabled" if account.disabled_at else "active"
        click.echo(f"{account.name}\t{state}\t{account.created_at:%Y-%m-%d}\t{account.id}")


@group.command()
@click.argument("name")
def disable(name: str) -> None:
    """Lock an account and log it out everywhere. Its data stays."""
    log("account.disabled", user=services().directory.disable(name).id)
    click.echo(f"{name} is disabled and logged out everywhere. Undo: flask user enable {name}")


@group.command()
@click.argument("name")
def enable(name: str) -> None:
    """Unlock an account."""
    log("account.enabled", user=services().directory.enable(name).id)
    click.echo(f"{name} is active again.")


@group.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Don't ask.")
def delete(name: str, yes: bool) -> None:
    """Delete an account with all its records, for good."""
    account = services().directory.named(name)
    if not yes:
        click.confirm(f"Delete {account.name} and all its records for good?", abort=True)
    services().directory.close(account.name)
    log("account.deleted", user=account.id)
    click.echo(f"{account.name} and all its records are deleted.")
