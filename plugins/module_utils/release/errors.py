"""What can go wrong with a release, said so that the reader knows the next command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class ReleaseError(Exception):
    """A release could not be made, taken back or shown.

    `evidence` are lines that prove the claim (log lines, head of an answer); `code` sorts the cause for machines;
    `audit` is the line that was written about it, where a change was under way.
    """

    code = "failed"
    audit: Mapping[str, object] | None = None

    def __init__(self, what: str, *, fix: str, evidence: Sequence[str] = ()) -> None:
        self.what, self.fix, self.evidence = what, fix, tuple(evidence)
        super().__init__("\n".join([what, *(f"  {line}" for line in evidence), f"Next: {fix}"]))


class LockedError(ReleaseError):
    """Somebody else is changing the app."""

    code = "locked"


class ImageError(ReleaseError):
    """The image is not on the host and nothing was sent."""

    code = "image"


class PathError(ReleaseError):
    """Something that is not the kit's own is where a folder of it has to be, or can't be removed."""

    code = "path"


class DiskError(ReleaseError):
    """Not enough free disk to take another image."""

    code = "disk"


class HookError(ReleaseError):
    """The release hook or the snapshot before it failed."""

    code = "hook"


class GateError(ReleaseError):
    """The new release never became ready."""

    code = "gate"


class CheckError(ReleaseError):
    """Caddy did not answer with the new release after the switch."""

    code = "check"


class WatchError(ReleaseError):
    """The new release answered too badly after the switch."""

    code = "watch"


class RefusedError(ReleaseError):
    """What was asked for would lose data or cannot be done."""

    code = "refused"
