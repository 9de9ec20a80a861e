"""restic on this host: one repository, one password, and everything that it says taken for text of others."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..release.mortal import mortal
from . import repository
from .config import Config
from .errors import BackupError

# The first copy of some ten GiB over a slow line; the timer starts no second one beside it.
LONGEST_S = 6 * 3600
EVIDENCE_LINES = 5
PROGRAM = "restic"
# restic(1), exit codes since 0.17: there is no repository; the password does not open it.
NO_REPOSITORY, WRONG_PASSWORD = 10, 12
WAYS_OUT = {
    11: "another restic holds the repository's lock; `slipway backup ENV` again when it has ended",
    WRONG_PASSWORD: "the password that opened this repository before belongs into `slipway_backup.password`",
}


@dataclass(frozen=True)
class Copy:
    """One snapshot in the repository: of an app's mirror, at a Unix time in seconds; `bytes` before any packing."""

    id: str
    time: float
    path: str
    tags: Mapping[str, str]
    bytes: int

    @classmethod
    def parse(cls, given: Mapping[str, object]) -> Copy:
        """Read an item of `restic snapshots --json`.

        Raises:
            KeyError, TypeError, ValueError: it has another form.
        """
        tags, paths, summary = given.get("tags") or [], given["paths"], given.get("summary") or {}
        if not isinstance(tags, list) or not isinstance(paths, list) or not isinstance(summary, Mapping):
            raise TypeError(f"a snapshot of another form: {given!r}")
        parted = [str(tag).partition("=") for tag in tags]
        return cls(
            id=str(given["id"]),
            time=datetime.fromisoformat(str(given["time"])).timestamp(),
            path=str(paths[0]),
            tags={name: value for name, _, value in parted},
            bytes=int(str(summary.get("total_bytes_processed", 0))),
        )


class Restic:
    """Runs restic against the host's repository; its password is a file, never an argument or a variable."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def repository_id(self) -> str | None:
        """Return the id of the repository, None where there is none.

        Raises:
            BackupError: it can't be asked, or the password does not open it.
        """
        done = self._run(["cat", "config", "--no-lock", "--no-cache"])
        if done.returncode == NO_REPOSITORY:
            return None
        self._checked(done, "cat config")
        return str(_one(done.stdout)["id"])

    def init(self) -> None:
        """Make the repository."""
        self._checked(self._run(["init"]), "init")

    def unlock(self) -> None:
        """Remove the locks of processes of this host that are dead, and no others."""
        self._run(["unlock"])

    def back_up(self, folder: Path, tags: Mapping[str, str]) -> str:
        """Copy a folder, nothing in it followed; return the id of the snapshot.

        Raises:
            BackupError: not all of it arrived.
        """
        marks = [word for name, value in tags.items() for word in ("--tag", f"{name}={value}")]
        command = [
            "backup",
            "--json",
            "--no-scan",
            "--one-file-system",
            "--host",
            self._config.host,
            *marks,
            str(folder),
        ]
        done = self._run(command)
        self._checked(done, "backup")
        last = _one(done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "")
        if not last.get("snapshot_id"):
            raise BackupError("restic ended well and named no snapshot.", fix="`slipway backup ENV` again")
        return str(last["snapshot_id"])

    def copies(self, app: str = "", **tags: str) -> list[Copy]:
        """Return the copies of an app, or those with other tags, the oldest first, as the store has them, uncached.

        Raises:
            BackupError: they can't be read.
        """
        wanted = {**({"app": app} if app else {}), **tags}
        marks = ["--tag", ",".join(f"{name}={value}" for name, value in wanted.items())] if wanted else []
        done = self._run(["snapshots", "--json", "--no-lock", "--no-cache", "--host", self._config.host, *marks])
        self._checked(done, "snapshots")
        try:
            found = json.loads(done.stdout) or []
            return sorted((Copy.parse(each) for each in found), key=lambda copy: copy.time)
        except (KeyError, TypeError, ValueError) as error:
            raise BackupError(
                f"what restic says of its snapshots can't be read: {error!r}.", fix="`restic version` on the host"
            ) from error

    def fetch(self, copy: Copy, target: Path) -> None:
        """Bring a copy into a folder that is empty and root's alone; each file is compared with its hash.

        Raises:
            BackupError: not all of it is there.
        """
        done = self._run(["restore", f"{copy.id}:{copy.path}", "--target", str(target), "--no-lock", "--verify"])
        self._checked(done, "restore")

    def check(self, part: str) -> None:
        """Read all that the repository says of itself, and a part of the data, such as `3/7`.

        Raises:
            BackupError: something is missing or damaged.
        """
        self._checked(self._run(["check", "--no-lock", f"--read-data-subset={part}"]), "check")

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        places = self._config.places
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LC_ALL": "C.UTF-8",
            "GOGC": "20",  # half the memory, for a tenth more of the processor
        }
        where = repository.arguments(self._config.repository, places.secrets)
        options = ["--password-file", str(places.secrets / "password"), "--cache-dir", str(places.cache)]
        full = mortal([PROGRAM, *where, *options, "--retry-lock", "10m", *command])
        try:
            return subprocess.run(
                full,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=LONGEST_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise BackupError(
                f"restic {command[0]} was stopped after {LONGEST_S / 3600:g} h.",
                fix="see how much there is with `slipway backups ENV`, and how fast the line to the store is",
            ) from error

    def _checked(self, done: subprocess.CompletedProcess[str], what: str) -> None:
        """Refuse every exit code but 0: 3, for one, is a copy that lacks files."""
        if done.returncode:
            raise BackupError(
                f"restic {what} ended with code {done.returncode} at {self._config.repository}.",
                evidence=(done.stderr.strip() or done.stdout.strip()).splitlines()[-EVIDENCE_LINES:],
                fix=WAYS_OUT.get(done.returncode, "correct what it says and run `slipway backup ENV`"),
            )


def _one(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, Mapping) else {}
