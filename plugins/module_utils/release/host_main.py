"""What the kit's program on a host can do: `job APP NAME` and `backup` for timers, `run APP -- COMMAND` for people."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import inside, job_run
from .dockerd import Engine
from .errors import ReleaseError
from .process import MAIN

REFUSED = 2


def main(words: Sequence[str] | None = None) -> int:
    """Do it and return the exit code: the command's own, or 2 where there was none."""
    given = _parser().parse_args(words)
    try:
        if given.verb == "job":
            return job_run.run(given.app, given.name)
        if given.verb == "backup":
            return _backup()
        return inside.run(given.app, given.process, given.command, by=given.by, tty=given.tty)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return REFUSED


def _backup() -> int:
    # Loaded when it is asked for: copies build on the engine, and not the other way round.
    from ..backup import run  # noqa: PLC0415 - as above
    from ..backup.config import Config  # noqa: PLC0415 - as above

    return run.backup(Config.read(), Engine())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="slipway.pyz", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    job = verbs.add_parser("job", help="run a job of the live release, as its timer does")
    job.add_argument("app")
    job.add_argument("name")
    verbs.add_parser("backup", help="copy the apps' data off this host, as the timer does")
    run = verbs.add_parser("run", help="run a command in a new container of the live release")
    run.add_argument("app")
    run.add_argument("--process", default=MAIN)
    run.add_argument("--by", default="root", help="who asked, for the audit log")
    run.add_argument("--tty", action="store_true")
    run.add_argument("command", nargs="+")
    return parser
