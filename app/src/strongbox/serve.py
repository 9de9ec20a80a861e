"""Serve the public app: `python -m strongbox.serve`, what the image runs."""

from __future__ import annotations

import sys

from granian import Granian
from granian.constants import Interfaces

from strongbox.failures import ConfigurationError
from strongbox.settings import settings_from_environment

PORT = 8000
WORKERS = 2
THREADS_PER_WORKER = 4
"""Python threads that run requests; SQLite and Argon2 release the interpreter lock while they work."""

GRACE_SECONDS = 20
"""Requests in flight get this long at a stop; shorter than the container's own grace period."""


def main() -> None:
    """Check the configuration, then serve until SIGTERM. Exit code 3: the configuration is wrong."""
    try:
        settings_from_environment()
    except ConfigurationError as problem:
        print(problem, file=sys.stderr)
        sys.exit(problem.exit_code)
    # All addresses: inside the container. The port is published on loopback only.
    Granian(
        "strongbox:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        address="0.0.0.0",  # noqa: S104  # nosec B104
        port=PORT,
        workers=WORKERS,
        blocking_threads=THREADS_PER_WORKER,
        workers_kill_timeout=GRACE_SECONDS,
        respawn_failed_workers=True,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    main()
