"""What keeps a host from looking at itself."""

from __future__ import annotations

from ..release.errors import ReleaseError


class LookError(ReleaseError):
    """The host is not told what to look at, or whom to tell."""

    code = "watch"
