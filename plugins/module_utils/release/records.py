"""What is written down about an app on its host: releases, which slot is live, what is under way."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from . import files
from .app import MAIN, SLOTS, App, Process, Slot, other
from .errors import RefusedError
from .job import Job
from .labels import SCHEMA, SCHEMA_LABEL
from .parsed import parsed

# Nothing listens there; Caddy tries again until the file names another.
HELD_PORT = 1

# Beside a release's Compose file where a process exports something: see exports.py.
OVERRIDE = "override.yml"
# As the app was declared, with everything filled in: for what starts without Ansible.
DECLARED = "app.json"

Action = Literal["deploy", "rollback", "restart"]
ACTIONS: tuple[Action, ...] = get_args(Action)
State = Literal["new", "good", "bad"]
# What a change goes through, in this order; some have no need of each of them.
Step = Literal[
    "begin",
    "services",
    "site",
    "snapshot",
    "hold",
    "hook",
    "start",
    "gate",
    "workers",
    "routes",
    "switch",
    "check",
    "hand_over",
    "watch",
    "drain",
    "stop",
    "timers",
    "prune",
]
STEPS: tuple[Step, ...] = get_args(Step)


@dataclass(frozen=True)
class Release:
    """One release that the host knows.

    `image_id` is the app's own image on this host, `images` are those of further processes by the name of the one that
    brings it; `processes` is what `Process.described` returns, by name; `size` is in bytes, of all images; `created`
    and `live_at` are Unix times in seconds (0: never live); `schema` is the image's label; `reason` tells why a bad one
    is bad.
    """

    id: str
    image_id: str
    config_hash: str
    schema: int
    revision: str
    size: int
    created: float
    by: str
    state: State = "new"
    live_at: float = 0.0
    reason: str = ""
    images: Mapping[str, str] = field(default_factory=dict)
    processes: Mapping[str, object] = field(default_factory=dict)

    @property
    def image_ids(self) -> dict[str, str]:
        """All images, by the name of the process that brings each."""
        return {MAIN: self.image_id, **self.images}


@dataclass(frozen=True)
class Journal:
    """A change that is under way; written before each step is done."""

    action: Action
    release: str
    slot: Slot
    previous: str
    step: Step
    owner: str
    started: float
    hook_ran: bool
    was_live_at: float
    steps: Mapping[str, float]


class Records:
    """Reads and writes the records of one app."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.releases_dir = app.root / "releases"
        self.state_dir = app.root / "state"

    # -- the live slot ------------------------------------------------------------------------------------------

    def live_slot(self) -> Slot | None:
        """Return the slot that Caddy sends visitors to, None before the first release."""
        if (self.app.live_dir / "green").exists():
            return "green"
        return "blue" if (self.app.live_dir / "blue.release").exists() else None

    def slot_release(self, slot: Slot | None) -> str:
        """Return the id of the release in a slot, empty where there is none."""
        return (files.read_text(self.app.live_dir / f"{slot}.release") or "") if slot else ""

    def idle_slot(self) -> Slot:
        """Return the slot that the next release goes to; the first one goes to green, so that its switch shows."""
        live = self.live_slot()
        return other(live) if live else "green"

    def name_slot(self, slot: Slot, release: str) -> None:
        """Tell Caddy which release a slot holds (header X-Release)."""
        files.write(self.app.live_dir / f"{slot}.release", release.encode(), mode=0o644)

    def clear_slot(self, slot: Slot) -> None:
        """Forget what a slot held."""
        files.remove(self.app.live_dir / f"{slot}.release")

    def switch_to(self, slot: Slot) -> None:
        """Send visitors to a slot: one rename or one unlink, which Caddy sees at the next request.

        The site of an app that can't overlap asks `port` instead of the marker, and is held until that names a slot.
        """
        marker = self.app.live_dir / "green"
        if slot == "green":
            files.write(marker, b"", mode=0o644)
        else:
            files.remove(marker)
        self._name_port(self.app.ports[slot])

    def hold(self) -> None:
        """Let visitors of an app that can't overlap wait."""
        self._name_port(HELD_PORT)

    def _name_port(self, port: int) -> None:
        files.write(self.app.live_dir / "port", str(port).encode(), mode=0o644)

    # -- releases -----------------------------------------------------------------------------------------------

    def save(self, release: Release, compose: str | None = None) -> None:
        """Write a release down; its Compose file too when given."""
        folder = self.releases_dir / release.id
        files.folder(folder, mode=0o700)
        if compose is not None:
            files.write(folder / "compose.yml", compose.encode(), mode=0o600)
        files.write_json(folder / "release.json", asdict(release))

    def save_override(self, release_id: str, override: Mapping[str, object]) -> None:
        """Write down what goes on top of a release's Compose file, or that nothing does."""
        path = self.compose_file(release_id).with_name(OVERRIDE)
        if override:
            files.write_json(path, override)
        else:
            files.remove(path)

    def save_declared(self, release_id: str, declared: Mapping[str, object]) -> None:
        """Write down how a release's app is declared."""
        files.write_json(self.declared(release_id), declared)

    def declared(self, release_id: str) -> Path:
        """Return the file that says how a release's app is declared; releases of earlier versions have none."""
        return self.releases_dir / release_id / DECLARED

    def declaration(self, release_id: str) -> dict[str, object] | None:
        """Return how a release's app is declared, None where that is not known."""
        return files.read_json(self.declared(release_id)) if release_id else None

    def jobs(self, release_id: str) -> tuple[Job, ...]:
        """Return the jobs of a release; releases of earlier versions have none."""
        known = (self.declaration(release_id) or {}).get("jobs")
        try:
            return tuple(Job.parse(each) for each in known) if isinstance(known, list) else ()
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged(self.declared(release_id), "jobs", error) from error

    def release(self, release_id: str) -> Release | None:
        """Return a release by id, None where it is not kept."""
        found = files.read_json(self.releases_dir / release_id / "release.json") if release_id else None
        return parsed(Release, found, state=("new", "good", "bad"))

    def releases(self) -> list[Release]:
        """Return all kept releases, the one that was live last first."""
        if not self.releases_dir.is_dir():
            return []
        found = [self.release(folder.name) for folder in self.releases_dir.iterdir()]
        known = [release for release in found if release]
        return sorted(known, key=lambda release: (release.live_at, release.created), reverse=True)

    def processes(self, release_id: str) -> tuple[Process, ...]:
        """Return what runs of a release, on the ports that are declared today where a process is still declared.

        A release from before there were further processes has the app's own one only.

        Raises:
            RefusedError: what is written down of it is damaged.
        """
        release = self.release(release_id)
        if release is None or not release.processes:
            return (self.app.main,)
        ports = {each.name: each.ports for each in self.app.processes}
        try:
            known = [Process.parse(each) for each in release.processes.values()]
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged(self.releases_dir / release_id / "release.json", "processes", error) from error
        return tuple(replace(each, ports=ports.get(each.name) or each.ports) for each in known)

    def _damaged(self, path: Path, what: str, error: Exception) -> RefusedError:
        return RefusedError(
            f"{self.app.name}: {path} is damaged: its {what} can't be read ({error!r}).",
            fix="deploy again; a release that is damaged can't be gone back to",
        )

    def mark(self, release_id: str, state: State, reason: str = "") -> None:
        """Set what is known of a release; a good one gets the time it went live."""
        release = self.release(release_id)
        if release:
            live_at = time.time() if state == "good" else release.live_at
            self.save(replace(release, state=state, reason=reason, live_at=live_at))

    def unmark(self, release_id: str, was_live_at: float) -> None:
        """Undo a `good` that a change gave to its release before it was taken back."""
        release = self.release(release_id)
        if release and release.live_at != was_live_at:
            self.save(replace(release, state="good" if was_live_at else "new", live_at=was_live_at))

    def compose_file(self, release_id: str) -> Path:
        """Return the path of a release's Compose file."""
        return self.releases_dir / release_id / "compose.yml"

    def secrets_of(self, release_id: str) -> Path:
        """Return the folder with the secrets of a release."""
        return self.app.secrets_dir / ".releases" / release_id

    def forget(self, release_id: str) -> None:
        """Remove a release's records and secrets."""
        for folder in (self.secrets_of(release_id), self.releases_dir / release_id):
            if folder.is_dir():
                shutil.rmtree(folder)

    # -- schema of the data -------------------------------------------------------------------------------------

    def data_schema(self) -> int:
        """Return the highest schema that a release has brought to the data, 0 where none was declared.

        Raises:
            RefusedError: the file that holds it is damaged.
        """
        path = self.state_dir / "schema"
        text = files.read_text(path) or "0"
        if not SCHEMA.fullmatch(text):
            raise RefusedError(
                f"{self.app.name}: {path} is damaged: it says {text[:60]!r}, expected the schema of the data, a whole"
                " number.",
                fix=f"write the number that the live release declares (label {SCHEMA_LABEL}) into it on the host",
            )
        return int(text)

    def raise_data_schema(self, schema: int) -> None:
        """Remember that the data has at least this schema from now on."""
        if schema > self.data_schema():
            files.write(self.state_dir / "schema", str(schema).encode(), mode=0o600)

    # -- the journal --------------------------------------------------------------------------------------------

    def journal(self) -> Journal | None:
        """Return the change that was begun and not ended, if any; a damaged journal counts for none."""
        found = files.read_json(self.state_dir / "journal.json")
        return parsed(Journal, found, slot=SLOTS, action=ACTIONS)

    def write_journal(self, journal: Journal) -> None:
        """Write down what is about to be done."""
        files.write_json(self.state_dir / "journal.json", asdict(journal))

    def close_journal(self) -> None:
        """The change is complete or taken back."""
        files.remove(self.state_dir / "journal.json")
