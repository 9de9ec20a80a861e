"""A login replaces a key that is due: from a page, and from a program."""

from __future__ import annotations

import uuid

from strongbox.exceptions import StrongboxError
from strongbox.logs import log
from strongbox.services import services
from strongbox.vault import rotation


def rotate_if_due(user: uuid.UUID) -> None:
    """Replace a key that is old; what hinders it is for the log and for the next time, not for the visitor."""
    parts = services()
    try:
        if rotation.rotate_if_older(parts.vaults, parts.vaults.paths(user), parts.settings.rotate_after):
            log("key.rotated", user=user)
    except StrongboxError as problem:
        log("key.not_rotated", user=user, reason=problem.message)
