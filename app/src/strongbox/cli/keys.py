"""`flask keys rotate`, `flask keys rotate-kek`."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from datetime import timedelta

import click
from flask.cli import AppGroup

from strongbox.services import services
from strongbox.vault import rotation

group = AppGroup("keys", help="New keys for the vaults. Safe while the app serves, to stop, and to repeat.")

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Age(click.ParamType[timedelta]):
    """A time span as `30d`, `12h`, `5m` or `0s`."""

    name = "age"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Parse it."""
        if isinstance(value, timedelta):
            return value
        text = str(value)
        if text[-1:] in UNITS and text[:-1].isascii() and text[:-1].isdigit():
            return timedelta(**{UNITS[text[-1]]: int(text[:-1])})
        return self.fail(f"{text!r} is not a time span; write a number and s, m, h or d, as 30d.", param, ctx)


@group.command()
@click.option("--older-than", type=Age(), default="30d", show_default=True, help="Keys of at least this age.")
@click.option("--limit", type=click.IntRange(1), help="At most so many in this run.")
@click.option("--per-second", type=click.IntRange(1), help="No faster than this, to leave the disk to others.")
def rotate(older_than: timedelta, limit: int | None, per_second: int | None) -> None:
    """Give each user's database a new key."""
    pause = 1 / per_second if per_second else 0.0
    outcomes = rotation.rotate_all(services().vaults, older_than, limit, lambda: time.sleep(pause))
    _report("rotated", outcomes)


@group.command("rotate-kek")
def rotate_kek() -> None:
    """Wrap all keys under the highest version of the kek file. No database is touched.

    Add a line with the next version to the kek file, restart the app, run this. When it ends without a failure the
    older lines may go; backups made before still need them, so keep them where the backups' keys are.
    """
    _report(f"wrapped under version {services().vaults.ring.active}", rotation.rewrap_all(services().vaults))


def _report(verb: str, outcomes: Iterator[rotation.Outcome]) -> None:
    done = failed = 0
    started = time.monotonic()
    for outcome in outcomes:
        if outcome.problem is None:
            done += 1
        else:
            failed += 1
            click.echo(f"{outcome.user}: {outcome.problem.message}", err=True)
    seconds = time.monotonic() - started
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"{done} keys {verb}, {failed} failed, in {seconds:.1f} s; peak memory {peak_mib:.0f} MiB.")
    sys.exit(1 if failed else 0)
