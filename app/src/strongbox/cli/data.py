"""`flask db upgrade`, `flask snapshot`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from strongbox.exceptions import NotFound, StrongboxError
from strongbox.preparation import prepare
from strongbox.services import services
from strongbox.vault import schema
from strongbox.vault.paths import all_paths
from strongbox.vault.snapshot import take

group = AppGroup("db", help="The shape of the databases.")


@group.command()
@click.option("--all", "every", is_flag=True, help="Every vault too, instead of each at its next opening.")
def upgrade(every: bool) -> None:
    """Bring the databases to this release's schema. Safe while the app serves, and to repeat."""
    parts = services()
    prepare(parts)
    click.echo("accounts.db is at this release's schema.")
    if not every:
        return
    done = failed = 0
    for paths in all_paths(parts.vaults.root):
        try:
            with parts.vaults.opened(paths.user):
                done += 1
        except NotFound:
            continue
        except StrongboxError as problem:
            failed += 1
            click.echo(f"{paths.user}: {problem.message}", err=True)
    click.echo(f"{done} vaults are at schema {schema.CURRENT}, {failed} failed.")
    sys.exit(1 if failed else 0)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@with_appcontext
def snapshot(folder: Path) -> None:
    """Write a consistent copy of everything into a new FOLDER while the app serves; vaults stay encrypted."""
    report = take(services().settings.data_dir, services().vaults, folder)
    for user, problem in report.failures:
        click.echo(f"{user}: {problem}", err=True)
    click.echo(f"{report.vaults} vaults copied to {folder}, {len(report.failures)} failed.")
    sys.exit(1 if report.failures else 0)
