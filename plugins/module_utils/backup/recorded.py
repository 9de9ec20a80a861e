"""One verb's run on this host: alone, written down, and told to whoever listens."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..release import files
from ..release.app import SLOTS
from ..release.errors import ReleaseError
from . import state
from .config import Config
from .errors import BackupError
from .ping import ping

Said = Callable[[str], None]
Entry = dict[str, object]
Outcome = tuple[Entry, Sequence[ReleaseError]]


def recorded(config: Config, verb: state.Verb, work: Callable[[], Outcome], say: Said) -> int:
    """Do a verb's work alone on this host; write down how it went, and tell who listens.

    Args:
        config: what the host is told.
        verb: what it is called.
        work: does it; returns what is worth remembering, and what went wrong. Both empty: there was nothing to do.
        say: takes lines for people.

    Returns:
        The exit code: 0 when nothing went wrong, else 1.
    """
    began, errors, entry = time.time(), list[ReleaseError](), Entry()
    files.folder(config.places.state, mode=0o700)
    url = config.pings.get(verb, "")
    with _alone(config.places.state / f"{verb}.lock") as mine:
        if not mine:
            say(f"another {verb} is at work; this one leaves it to that.")
            return 0
        warnings = [ping(url, "start")]
        try:
            entry, found = work()
            errors = list(found)
        except (ReleaseError, OSError) as error:
            errors = [explained(error)]
        if not entry and not errors:
            return 0  # nothing was to be done, so nothing went well
        told = "\n".join(str(error) for error in errors)
        state.remember(config.places.state, verb, {**entry, "said": told}, ok=not errors, began=began)
        warnings.append(ping(url, "fail" if errors else "success", told))
    for line in [*filter(None, warnings), *filter(None, [told])]:
        say(line)
    return 1 if errors else 0


def living(config: Config, say: Said) -> list[str]:
    """Return the names of the apps that have, or had, data to copy.

    Raises:
        BackupError: no app has a mirror.
    """
    if not config.apps:
        raise BackupError(
            "no app of this host has a `mirror`, so nothing is copied.", fix="declare one in slipway_apps"
        )
    apps = [name for name in config.apps if _ever_lived(config.places.apps / name)]
    if not apps:
        say("no app is live yet: there is nothing to copy")
    return apps


def each(apps: Sequence[str], work: Callable[[str], object]) -> tuple[dict[str, object], list[ReleaseError]]:
    """Do something for each app, whatever becomes of the others; return what it gave, by name, and what went wrong."""
    done, errors = dict[str, object](), list[ReleaseError]()
    for name in apps:
        try:
            done[name] = work(name)
        except (ReleaseError, OSError) as error:
            errors.append(explained(error))
    return done, errors


def explained(error: ReleaseError | OSError) -> ReleaseError:
    """Return an error that says what to do next."""
    if isinstance(error, ReleaseError):
        return error
    return BackupError(f"the host refused something: {error}.", fix="`df -h` and `journalctl -n 50` on the host")


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[bool]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


def _ever_lived(root: Path) -> bool:
    """Whether there is, or was, data to copy: between the first provision and the first deploy there is none."""
    return (root / "mirror").exists() or any((root / "live" / f"{slot}.release").exists() for slot in SLOTS)
