"""What the engine is told: one app with everything filled in, and the release that is wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .job import Job
from .process import MAIN, SLOTS, Process, Slot
from .service import Service

__all__ = ["MAIN", "SLOTS", "App", "Process", "Secret", "Slot", "Wanted", "WantedImage", "other"]


def other(slot: Slot) -> Slot:
    """Return the opposite slot."""
    return "green" if slot == "blue" else "blue"


class Secret:
    """A value that no text form gives away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself; only for writing it where it belongs."""
        return self._value

    def __repr__(self) -> str:
        return "[redacted]"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not to be serialised")


@dataclass(frozen=True)
class App:
    """An app as `complete_apps` gives it, as far as the engine needs it; times in seconds.

    `guarded`: Caddy asks visitors for a password.
    """

    name: str
    domains: tuple[str, ...]
    redirects: tuple[str, ...]
    guarded: bool
    exposure: str
    uid: int
    root: Path
    live_dir: Path
    data_dir: Path
    data_path: str
    data_noexec: bool
    ephemeral: tuple[str, ...]
    secrets_dir: Path
    hook: tuple[str, ...]
    hook_timeout_s: int
    snapshot: tuple[str, ...]
    mirror: tuple[str, ...]
    judge: tuple[str, ...]
    drain_s: int
    watch_s: int
    gate_timeout_s: int
    gate_successes: int
    overlap: bool
    hold_s: int
    keep_releases: int
    processes: tuple[Process, ...]
    services: tuple[Service, ...]
    jobs: tuple[Job, ...] = ()

    @classmethod
    def parse(cls, given: Mapping[str, object]) -> App:
        """Read a completed app; the schema itself is checked where it is completed.

        Raises:
            KeyError: a derived value is missing: the app did not pass through `complete_apps`.
            TypeError: a value has the wrong type, for the same reason.
        """
        containers, services, jobs = given["containers"], given["services"], given.get("jobs", [])
        if not isinstance(containers, list) or not isinstance(services, list) or not isinstance(jobs, list):
            raise TypeError("containers, services, jobs: lists are expected")
        return cls(
            name=str(given["name"]),
            domains=_texts(given["domains"]),
            redirects=_texts(given.get("redirects", ())),
            guarded=_guarded(given.get("access")),
            exposure=str(given["exposure"]),
            uid=_whole(given["uid"]),
            root=Path(str(given["root"])),
            live_dir=Path(str(given["live_dir"])),
            data_dir=Path(str(given["data_dir"])),
            data_path=str(given["data_path"]),
            data_noexec=bool(given["data_noexec"]),
            ephemeral=_texts(given["ephemeral"]),
            secrets_dir=Path(str(given["secrets_dir"])),
            hook=_texts(given["hook"]),
            hook_timeout_s=_whole(given["hook_timeout_seconds"]),
            snapshot=_texts(given["snapshot"]),
            mirror=_texts(given["mirror"]),
            judge=_texts(given["judge"]),
            drain_s=_whole(given["drain_seconds"]),
            watch_s=_whole(given["watch_seconds"]),
            gate_timeout_s=_whole(given["gate_timeout_seconds"]),
            gate_successes=_whole(given["gate_successes"]),
            overlap=bool(given["overlap"]),
            hold_s=_whole(given["hold_seconds"]),
            keep_releases=_whole(given["keep_releases"]),
            processes=tuple(Process.parse(each) for each in containers),
            services=tuple(Service.parse(each) for each in services),
            jobs=tuple(Job.parse(each) for each in jobs),
        )

    def project(self, slot: Slot) -> str:
        """Return the Compose project of a slot; the app's own container has the same name."""
        return f"{self.name}-{slot}"

    def container(self, slot: Slot, process: Process) -> str:
        """Return the name of a process's container in a slot."""
        return self.project(slot) if process.name == MAIN else f"{self.project(slot)}-{process.name}"

    @property
    def main(self) -> Process:
        """The process that every app has."""
        return self.processes[0]

    @property
    def ports(self) -> Mapping[Slot, int]:
        """The loopback ports of the app's own container."""
        return self.main.ports

    def repository(self, image: str = MAIN) -> str:
        """Return the name that an image of this app's releases carries on the host."""
        return f"slipway/{self.name}" if image == MAIN else f"slipway/{self.name}/{image}"


@dataclass(frozen=True)
class WantedImage:
    """An image of a release.

    `id` is its image id on the machine that built it, or the digest it is pulled by; `reference` is set when it is to
    be pulled; `fingerprint` is the same in every image store, `layers` are diff ids from the base up and `size` is in
    bytes: known of a built image only. `architecture` is Docker's name of it (amd64); empty where it is not known.
    """

    id: str
    fingerprint: str
    reference: str
    layers: tuple[str, ...]
    size: int
    revision: str
    architecture: str = ""


@dataclass(frozen=True)
class Wanted:
    """A release to be made: what runs, how, with which secrets, and who asked.

    `images` are by the name of the process that brings each, the app's own always among them; `compose` and `services`
    are Compose files, the second one empty where the app has no services; `declared` is the app as it was given; `site`
    is its part of Caddy's configuration, empty where somebody else writes that: no part of the release's identity.
    """

    images: Mapping[str, WantedImage]
    compose: str
    secrets: Mapping[str, Secret]
    owner: str
    services: str = ""
    declared: Mapping[str, object] = field(default_factory=dict)
    site: str = ""

    @property
    def image(self) -> WantedImage:
        """The image of the app's own container."""
        return self.images[MAIN]

    @property
    def config_hash(self) -> str:
        """SHA-256 of the Compose files: of the slots, which is the same for both, and of the services."""
        return hashlib.sha256((self.compose + self.services).encode()).hexdigest()

    def id(self, app: str) -> str:
        """Return the release id: 12 hexadecimal digits of image, configuration and secrets.

        The id is public (header X-Release), so the secrets go through scrypt: testing a guess of them costs 8 MiB and
        tens of milliseconds instead of nanoseconds.
        """
        listed = "".join(f"{name}\0{self.secrets[name].reveal()}\0" for name in sorted(self.secrets))
        secrets = hashlib.scrypt(listed.encode(), salt=f"slipway {app}".encode(), n=8192, r=8, p=1, dklen=32)
        further = "".join(f"\n{name}\0{self.images[name].id}" for name in sorted(self.images) if name != MAIN)
        whole = f"{self.image.id}\n{self.config_hash}\n{secrets.hex()}{further}"
        return hashlib.sha256(whole.encode()).hexdigest()[:12]


def _guarded(access: object) -> bool:
    """Whether Caddy asks visitors for a password."""
    return bool(isinstance(access, Mapping) and access.get("basic_auth"))


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"a list is wanted, this is {value!r}")
    return tuple(str(item) for item in value)


def _whole(value: object) -> int:
    if not isinstance(value, int | str):
        raise TypeError(f"a whole number is wanted, this is {value!r}")
    return int(value)
