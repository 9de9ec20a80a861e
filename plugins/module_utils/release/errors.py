"""What can go wrong with a release, said so that the reader knows the next command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .plain import plain


class ReleaseError(Exception):
    """A release could not be made, taken back or shown.

    `evidence` are lines that prove the claim (log lines, head of an answer); `code` sorts the cause for machines;
    `audit` is the line that was written about it, where a change was under way; `changed` tells whether visitors get
    another release than before.
    """

    code = "failed"
    audit: Mapping[str, object] | None = None
    changed = False

    def __init__(self, what: str, *, fix: str, evidence: Sequence[str] = ()) -> None:
        self.what, self.fix, self.evidence = what, fix, tuple(evidence)
        super().__init__(what)

    def __str__(self) -> str:
        """Return all of it, without anything that a terminal would obey: evidence is written by apps."""
        return plain("\n".join([self.what, *(f"  {line}" for line in self.evidence), f"Next: {self.fix}"]))


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
    """The disk is full, read-only or broken, or has too little room for another image."""

    code = "disk"


class SystemCallError(ReleaseError):
    """The host's system refused something for another reason than its disk."""

    code = "system"


class JobError(ReleaseError):
    """A job of the app runs that nobody may interrupt."""

    code = "job"


class TakeBackError(ReleaseError):
    """A change failed, and so did what should have taken it back."""

    code = "take_back"


class ServiceError(ReleaseError):
    """A database, queue or other service does not start or does not get ready."""

    code = "service"


class HookError(ReleaseError):
    """The release hook or the snapshot before it failed."""

    code = "hook"


class GateError(ReleaseError):
    """The new release never became ready."""

    code = "gate"


class CheckError(ReleaseError):
    """Caddy did not answer with the new release after the switch."""

    code = "check"


class SiteError(ReleaseError):
    """Caddy does not take the site of an app."""

    code = "site"


class WatchError(ReleaseError):
    """The new release exited or was not ready after the switch."""

    code = "watch"


class VisitorsError(ReleaseError):
    """Visitors were worse off with the new release; it may be tried again, for visitors can be strangers."""

    code = "visitors"


class RefusedError(ReleaseError):
    """What was asked for would lose data or cannot be done."""

    code = "refused"
