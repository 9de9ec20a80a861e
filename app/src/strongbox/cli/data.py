"""`flask db upgrade`, `flask snapshot`, `flask judge`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from strongbox.exceptions import NotFound, StrongboxError
from strongbox.preparation import prepare
from strongbox.services import services
from strongbox.vault import judgement, schema
from strongbox.vault.mirror import bring_up
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
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "--into", "mirror", type=click.Path(path_type=Path), help="Bring this folder up to the live data instead."
)
@with_appcontext
def snapshot(folder: Path | None, mirror: Path | None) -> None:
    """Write a consistent copy of everything into a new FOLDER while the app serves; vaults stay encrypted.

    With --into the folder may be there: only what changed since the last time is copied into it.
    """
    if (folder is None) == (mirror is None):
        raise click.UsageError("Name a new FOLDER, or a mirror with --into.")
    parts = services()
    if mirror:
        brought = bring_up(parts.settings.data_dir, parts.vaults, mirror)
        done, failures = f"{brought.vaults} vaults are in {mirror}, {brought.copied} of them changed", brought.failures
    elif folder:
        taken = take(parts.settings.data_dir, parts.vaults, folder)
        done, failures = f"{taken.vaults} vaults copied to {folder}", taken.failures
    for user, problem in failures:
        click.echo(f"{user}: {problem}", err=True)
    click.echo(f"{done}, {len(failures)} failed.")
    sys.exit(1 if failures else 0)


@click.command()
@with_appcontext
def judge() -> None:
    """Say in one line whether the data folder is a whole copy: every vault opens, every page is as it was written."""
    parts = services()
    verdict = judgement.judge(parts.settings.data_dir, parts.vaults)
    click.echo(str(verdict))
    sys.exit(1 if verdict.faults else 0)
