"""What can go wrong with copies."""

from __future__ import annotations

from ..release.errors import ReleaseError


class BackupError(ReleaseError):
    """A copy could not be made, read or fetched; the app goes on as it was."""

    code = "backup"
