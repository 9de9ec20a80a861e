"""Who asks for a change: for the lease and the audit log."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping


def owner(environment: Mapping[str, str] = os.environ) -> str:
    """Return SLIPWAY_OWNER, the CI job's address, or user@machine."""
    return (
        environment.get("SLIPWAY_OWNER")
        or environment.get("CI_JOB_URL")
        or f"{getpass.getuser()}@{socket.gethostname()}"
    )
