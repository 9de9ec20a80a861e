"""Serve the public app: `python -m strongbox.serve`, what the image runs."""

from __future__ import annotations

import logging.config
import multiprocessing
import sys

from granian import Granian
from granian.constants import Interfaces

from strongbox.exceptions import StrongboxError
from strongbox.logs import CONFIGURATION
from strongbox.preparation import prepare
from strongbox.services import build
from strongbox.settings import settings_from_environment
from strongbox.vault import cipher
from strongbox.vault.store import utc_now

ADDRESS = "0.0.0.0"  # noqa: S104 - of the container, whose port is published on loopback only # nosec B104
PORT = 8000
WORKERS = 2
THREADS_PER_WORKER = 4
"""Python threads that run requests; SQLite and Argon2 release the interpreter lock while they work."""

GRACE_SECONDS = 20
"""Requests in flight get this long at a stop; shorter than the container's own grace period."""


def check_and_prepare() -> None:
    """Bring the data to this release's shape, or exit with one sentence and touch nothing."""
    try:
        parts = build(settings_from_environment(), utc_now)
        cipher.require_library()
        parts.vaults.require_keys()
        prepare(parts)
    except StrongboxError as problem:
        print(problem.message, file=sys.stderr)
        sys.exit(problem.exit_code)


def main() -> None:
    """Check the configuration, prepare the data, then serve until SIGTERM. Exit code 3: the configuration is wrong."""
    logging.config.dictConfig(CONFIGURATION)
    # In a process of its own, which takes with it the memory that only the preparation needs.
    preparation = multiprocessing.get_context("fork").Process(target=check_and_prepare)
    preparation.start()
    preparation.join()
    if preparation.exitcode:
        sys.exit(preparation.exitcode)
    Granian(
        "strongbox:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=ADDRESS,
        port=PORT,
        workers=WORKERS,
        blocking_threads=THREADS_PER_WORKER,
        workers_kill_timeout=GRACE_SECONDS,
        respawn_failed_workers=True,
        websockets=False,
        log_dictconfig=CONFIGURATION,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    main()
