"""What the kit's program on a host can do: `job`, `backup`, `drill`, `check`, `watch` for timers, `run` for people."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from . import inside, job_run
from .dockerd import Engine
from .errors import ReleaseError
from .process import MAIN

REFUSED, STOPPED = 2, 128 + signal.SIGTERM
COPIES = {
    "backup": "copy the apps' data off this host",
    "drill": "fetch the newest copies and let the live releases judge them",
    "check": "read a seventh of what the store has, and compare it with its hashes",
}


def main(words: Sequence[str] | None = None) -> int:
    """Do it and return the exit code: the command's own, or 2 where there was none."""
    given = _parser().parse_args(words)
    try:
        if given.verb == "job":
            return job_run.run(given.app, given.name)
        if given.verb in COPIES:
            return _copies(given.verb)
        if given.verb == "watch":
            return _watch()
        return inside.run(given.app, given.process, given.command, by=given.by, tty=given.tty)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return REFUSED


def _copies(verb: str) -> int:
    # Loaded when it is asked for: copies build on the engine, and not the other way round.
    from ..backup import check, drill, run  # noqa: PLC0415 - as above
    from ..backup.config import Config  # noqa: PLC0415 - as above

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(STOPPED))  # so that its container goes too
    config = Config.read()
    if verb == "check":
        return check.check(config)
    return run.backup(config, Engine()) if verb == "backup" else drill.drill(config, Engine())


def _watch() -> int:
    from ..watch import look  # noqa: PLC0415 - as above
    from ..watch.config import Config  # noqa: PLC0415 - as above

    return look.look(Config.read())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="slipway.pyz", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    job = verbs.add_parser("job", help="run a job of the live release, as its timer does")
    job.add_argument("app")
    job.add_argument("name")
    for verb, does in COPIES.items():
        verbs.add_parser(verb, help=f"{does}, as the timer does")
    verbs.add_parser("watch", help="look whether this host is well, and tell what is new, as the timer does")
    run = verbs.add_parser("run", help="run a command in a new container of the live release")
    run.add_argument("app")
    run.add_argument("--process", default=MAIN)
    run.add_argument("--by", default="root", help="who asked, for the audit log")
    run.add_argument("--tty", action="store_true")
    run.add_argument("command", nargs="+")
    return parser
