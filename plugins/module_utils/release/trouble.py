"""What the host's system refused: where, what visitors get now, and the next command."""

from __future__ import annotations

import errno

from .app import App
from .errors import DiskError, ReleaseError, SystemCallError
from .records import Records

# What storage says, in words, and what to do about it.
STORAGE = {
    errno.ENOSPC: ("The disk is full", "`df -h` and `df -i` on the host show which; make room and deploy again"),
    errno.EDQUOT: ("The disk quota is used up", "`repquota -a` on the host shows whose; raise it and deploy again"),
    errno.EROFS: (
        "The file system is read-only",
        "`dmesg | tail` on the host tells why; `mount -o remount,rw` it when the disk is sound, and deploy again",
    ),
    errno.EIO: ("The disk has an error", "`dmesg | tail` on the host names the disk; replace it, then deploy again"),
}

ELSE = "`slipway status ENV` shows what runs; mend the cause on the host, then run this again"


def live_release(app: App) -> str:
    """Return the release that the disk sends visitors to, empty where none is live.

    Raises:
        OSError: it can't be read.
    """
    records = Records(app)
    return records.slot_release(records.live_slot())


def live_now(app: App) -> str:
    """Say what visitors get, looked up at this moment."""
    try:
        release = live_release(app)
    except OSError as error:
        return f"What visitors get can't be read: {error}."
    return f"Visitors get release {release} now." if release else "No release is live."


def way_out(error: Exception) -> str:
    """Return the next command after an error."""
    if isinstance(error, ReleaseError):
        return error.fix
    return STORAGE.get(getattr(error, "errno", None) or 0, ("", ELSE))[1]


def where(error: OSError, app: App) -> str:
    """Return the path that the system complains about; some calls know of none."""
    return str(error.filename or f"a file below {app.root}")


def explained(error: OSError, app: App) -> ReleaseError:
    """Return a refusal of the system as an error that people can act on."""
    if error.errno in STORAGE:
        what, fix = STORAGE[error.errno]
        return DiskError(f"{what} at {where(error, app)}. {live_now(app)}", fix=fix)
    why = error.strerror or str(error) or type(error).__name__
    return SystemCallError(
        f"{app.name}: the system refused {where(error, app)}: {why}. {live_now(app)}",
        fix=ELSE,
    )
