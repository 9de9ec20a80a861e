"""One run: bring each mirror up to date, ship it, and read back what arrived."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ..release import files, inside, mirror
from ..release.app import SLOTS, App
from ..release.dockerd import Engine
from ..release.errors import ReleaseError
from ..release.lease import LeaseFile
from ..release.records import Records
from . import state
from .config import Config
from .errors import BackupError
from .ping import ping
from .restic import Restic

# A deploy with long migrations; the next run by the timer comes sooner or later.
PATIENCE_S = 900
POLL_S = 2.0
Said = Callable[[str], None]
Entry = dict[str, object]


def backup(config: Config, engine: Engine, say: Said = print) -> int:
    """Copy the data of all apps that have a mirror off this host.

    Returns:
        The exit code: 0 when the copy of each was read back from the store, else 1.
    """
    return recorded(config, "backup", lambda: _backup(config, engine, say), say)


def recorded(config: Config, verb: str, work: Callable[[], tuple[Entry, list[ReleaseError]]], say: Said) -> int:
    """Do one verb's work alone on this host; write down how it went, and tell who listens."""
    began, errors, entry = time.time(), list[ReleaseError](), Entry()
    files.folder(config.places.state, mode=0o700)
    url = config.pings.get(verb, "")
    with _alone(config.places.state / f"{verb}.lock") as mine:
        if not mine:
            say(f"another {verb} is at work; this one leaves it to that.")
            return 0
        warnings = [ping(url, "start")]
        try:
            entry, errors = work()
        except (ReleaseError, OSError) as error:
            errors = [_explained(error)]
        if not entry and not errors:
            return 0  # nothing was to be done, so nothing went well
        told = "\n".join(str(error) for error in errors)
        state.remember(config.places.state, verb, {**entry, "said": told}, ok=not errors, began=began)
        warnings.append(ping(url, "fail" if errors else "success", told))
    for line in [*filter(None, warnings), *filter(None, [told])]:
        say(line)
    return 1 if errors else 0


def _backup(config: Config, engine: Engine, say: Said) -> tuple[Entry, list[ReleaseError]]:
    if not config.apps:
        raise BackupError(
            "no app of this host has a `mirror`, so nothing is copied.", fix="declare one in slipway_apps"
        )
    apps = [name for name in config.apps if _ever_lived(config.places.apps / name)]
    if not apps:
        say("no app is live yet: there is nothing to copy")
        return {}, []
    restic = Restic(config)
    _meet_repository(config, restic)
    restic.unlock()
    done, errors = dict[str, object](), list[ReleaseError]()
    for name in apps:
        try:
            done[name] = told = _back_up(inside.live(name, config.places.apps).app, engine, restic)
            say(f"{name}: copy {str(told['id'])[:8]} of {told['bytes']} bytes is in the store")
        except (ReleaseError, OSError) as error:  # the other apps' data is no worse for it
            errors.append(_explained(error))
    return {"apps": done}, errors


def _back_up(app: App, engine: Engine, restic: Restic) -> Mapping[str, object]:
    if not app.mirror:
        raise BackupError(
            f"{app.name}: its live release was declared without a `mirror`.", fix=f"`slipway deploy ENV {app.name}`"
        )
    records = Records(app)
    with _undisturbed(app):
        live = records.slot_release(records.live_slot())
        folder = mirror.bring_up(app, records, engine)
        taken = time.time()
        marks = {"app": app.name, "release": live, "schema": str(records.data_schema())}
        copy_id = restic.back_up(folder, marks)
    found = [each for each in restic.copies(app.name) if each.id == copy_id]
    if not found or found[0].tags != marks:
        raise BackupError(
            f"{app.name}: the store does not have the snapshot {copy_id[:8]} that was just sent to it.",
            fix="look at the store: its disk, and who else writes there; then `slipway backup ENV`",
        )
    return {"id": copy_id, "at": taken, "bytes": found[0].bytes, "release": live}


@contextlib.contextmanager
def _undisturbed(app: App) -> Iterator[None]:
    """Have the mirror while no release is made: a deploy needs it before its hook, which may change the data's shape.

    Raises:
        BackupError: somebody is changing the app for longer than this run may wait.
    """
    until, leases = time.monotonic() + PATIENCE_S, LeaseFile(app.root / "state")
    while True:
        with mirror.locked(app, PATIENCE_S):
            holder = leases.holder()
            if holder is None:
                yield
                return
        if time.monotonic() >= until:
            raise BackupError(
                f"{app.name}: {holder.owner} is changing it for more than {PATIENCE_S} s; nothing was copied.",
                fix="`slipway status ENV` shows who; the next run copies it",
            )
        time.sleep(POLL_S)


def _meet_repository(config: Config, restic: Restic) -> None:
    """Make the repository where this host never saw one; refuse another one, or none, where it did.

    Raises:
        BackupError: the repository is not the one of before.
    """
    known, found = state.repository_id(config.places.state, config.repository), restic.repository_id()
    if known and found != known:
        raise BackupError(
            f"{config.repository} is not the repository that this host's copies are in: it has the id"
            f" {(found or 'of none')[:12]}, and had {known[:12]}.",
            fix="find out who replaced or emptied it; for a new beginning remove the line of it from"
            f" {config.places.state / state.FILE} on the host",
        )
    if found is None:
        restic.init()
        found = restic.repository_id() or ""
    if not known:
        state.know_repository(config.places.state, config.repository, found)


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


def _explained(error: ReleaseError | OSError) -> ReleaseError:
    if isinstance(error, ReleaseError):
        return error
    return BackupError(f"the host refused something: {error}.", fix="`df -h` and `journalctl -n 50` on the host")
