"""One change at a time: a lease that names its holder, is renewed while he lives and ends by itself when he died."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from . import files
from .errors import LockedError
from .parsed import parsed

# A holder who shows no sign of life for this long is dead. Long enough for a starved machine, short enough to wait for.
EXPIRY_S = 60.0
HEARTBEAT_S = 5.0


@dataclass(frozen=True)
class Lease:
    """Who changes the app.

    `beat` is seconds since boot (CLOCK_BOOTTIME), so that a jump of the wall clock changes nothing; `process` and
    `process_start` name the running process, 0 between the phases of a deploy to several hosts.
    """

    owner: str
    token: str
    boot: str
    beat: float
    process: int
    process_start: int
    since: float


class LeaseFile:
    """The lease of one app, a file that is only changed under an exclusive lock of the kernel."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lease.json"
        self._guard = folder / ".lease.guard"

    def holder(self) -> Lease | None:
        """Return the living holder, None when the app is free or the holder is dead."""
        lease = read_lease(self.path)
        return lease if lease and _lives(lease) else None

    def take(self, owner: str, token: str = "") -> Lease:
        """Take the lease, or go on with the one whose token is given.

        Raises:
            LockedError: another living holder has it.
        """
        with self._guard.open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            held = self.holder()
            if held and held.token != token:
                raise LockedError(
                    f"{held.owner} is changing this app since {_clock(held.since)}; lease {self.path}.",
                    fix="wait until it has ended and run this again; a holder who died is replaced within "
                    f"{EXPIRY_S:.0f} s by itself",
                )
            lease = Lease(
                owner=owner,
                token=token or secrets.token_hex(8),
                boot=boot_id(),
                beat=since_boot(),
                process=os.getpid(),
                process_start=process_start(os.getpid()),
                since=held.since if held else time.time(),
            )
            files.write_json(self.path, asdict(lease), mode=0o600)
        return lease

    def renew(self, lease: Lease, *, between_phases: bool = False) -> None:
        """Show that the holder lives; `between_phases`: no process of his runs here until he comes back.

        A lease that somebody took over meanwhile is theirs.
        """
        now = read_lease(self.path)
        if now and now.token != lease.token:
            return
        beat = asdict(lease) | {"beat": since_boot()}
        if between_phases:
            beat |= {"process": 0, "process_start": 0}
        files.write_json(self.path, beat, mode=0o600)

    def still_mine(self, lease: Lease) -> None:
        """Make sure that nobody took the lease from a holder who slept too long.

        Raises:
            LockedError: somebody did.
        """
        now = read_lease(self.path)
        if now is None or now.token != lease.token:
            raise LockedError(
                f"This run slept for more than {EXPIRY_S:.0f} s and {now.owner if now else 'somebody'} took over.",
                fix="see `slipway status ENV`, then run this again if it is still wanted",
            )

    def give_back(self) -> list[str]:
        """Free the app; returns a warning where the file could not be removed: the lease ends with this process."""
        try:
            files.remove(self.path)
        except OSError as error:
            return [f"the lease could not be removed and ends by itself: {error}"]
        return []


class Heartbeat:
    """Renews a lease in the background while the `with` block runs."""

    def __init__(self, file: LeaseFile, lease: Lease) -> None:
        self._file, self._lease = file, lease
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(HEARTBEAT_S):
            with contextlib.suppress(OSError):  # a full disk; the next beat may find room
                self._file.renew(self._lease)


def boot_id() -> str:
    """Return what differs after each boot: the kernel's id, and PID 1's start for containers that act as hosts."""
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text(encoding='ascii').strip()}.{process_start(1)}"


def since_boot() -> float:
    """Return seconds since boot, sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def process_start(pid: int) -> int:
    """Return when a process started, in clock ticks since boot (field 22 of proc(5) stat); 0 when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    fields = stat.rpartition(")")[2].split()
    return 0 if fields[0] == "Z" else int(fields[19])


def _lives(lease: Lease) -> bool:
    if lease.boot != boot_id():
        return False
    if lease.process and process_start(lease.process) != lease.process_start:
        return False
    return since_boot() - lease.beat < EXPIRY_S


def read_lease(path: Path) -> Lease | None:
    """Return what a lease's file says; None where there is none, or it is damaged."""
    return parsed(Lease, files.read_json(path))


def _clock(unix_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(unix_s))
