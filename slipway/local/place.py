"""Where `slipway local` keeps things: outside of the repository, since data and keys must not be committed."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from .ports import Ports


@dataclass(frozen=True)
class Place:
    """The folder of one app. `front` (Caddy's own data, with the root of its CA) is shared by all apps."""

    root: Path
    app: str

    @property
    def folder(self) -> Path:
        """All that belongs to this app."""
        return self.root / "apps" / self.app

    @property
    def data(self) -> Path:
        """The app's data directory."""
        return self.folder / "data"

    @property
    def secrets(self) -> Path:
        """One file a secret."""
        return self.folder / "secrets"

    @property
    def live(self) -> Path:
        """What the site asks the disk about: which slot, which release."""
        return self.folder / "live"

    @property
    def rendered(self) -> Path:
        """The compose files and Caddy's configuration."""
        return self.folder / "rendered"

    @property
    def front(self) -> Path:
        """Caddy's data."""
        return self.root / "front"

    @property
    def authority(self) -> Path:
        """Root certificate of Caddy's own CA."""
        return self.front / "caddy" / "pki" / "authorities" / "local" / "root.crt"

    def make(self) -> None:
        """Create the folders, closed to others."""
        for folder in (self.data, self.secrets, self.live, self.rendered, self.front):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def remove(self) -> None:
        """Delete all that belongs to this app; the CA stays."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def ports(self) -> Ports | None:
        """Return the ports of the last start."""
        file = self.folder / "ports.json"
        return Ports(**json.loads(file.read_text())) if file.exists() else None

    def keep_ports(self, ports: Ports) -> None:
        """Remember the ports, so that addresses stay the same."""
        (self.folder / "ports.json").write_text(json.dumps({"plain": ports.plain, "secure": ports.secure}))


def root() -> Path:
    """Return the folder of all local apps."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "slipway" / "local"


def identity(uid_of_app: int) -> tuple[int, int]:
    """Return user and group that the containers run as: this person, so that files stay theirs; never root."""
    return (os.getuid(), os.getgid()) if os.getuid() else (uid_of_app, uid_of_app)
