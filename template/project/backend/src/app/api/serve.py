"""Serve the API: `python -m app.api.serve`, what its image runs."""

from __future__ import annotations

import sys

from granian import Granian
from granian.constants import Interfaces

from app import settings
from app.accounts.logins import KEY
from app.logs import CONFIGURATION

ADDRESS = "0.0.0.0"  # noqa: S104 - of the container, whose port is published on loopback only
PORT = 8000
WORKERS = 2
THREADS_PER_WORKER = 4
GRACE_SECONDS = 15
"""Requests in flight get this long at a stop; shorter than the container's own grace period."""


def main() -> None:
    """Check the settings, then serve until SIGTERM. Exit code 3: a setting is missing."""
    try:
        settings.database_url()
        settings.secret(KEY)
    except settings.SettingsError as problem:
        print(problem, file=sys.stderr)
        sys.exit(3)
    Granian(
        "app.api:create_app",
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
