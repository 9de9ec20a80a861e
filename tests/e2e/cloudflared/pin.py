"""A catalogue that pins the very program that a test runs, and a cache that has it; the real ones stay as they are."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import CATALOGUE, architecture_of
from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts.fetch import cache_root

HERE = architecture_of(platform.machine())


@dataclass(frozen=True)
class Pin:
    """`catalogue` is to be mounted over the real one, `cache` to be the XDG_CACHE_HOME."""

    catalogue: Path
    cache: Path

    @property
    def mount(self) -> list[str]:
        """Return the command that puts the catalogue in place, in a namespace of mounts."""
        return ["mount", "--bind", str(self.catalogue), str(CATALOGUE)]


def pin(folder: Path, program: bytes) -> Pin:
    """Write both for a cloudflared with these bytes; whatever else was fetched already is in that cache, too."""
    pinned = Pin(folder / "artifacts.yml", folder / "cache")
    catalogue = yaml.safe_load(CATALOGUE.read_text())
    catalogue["cloudflared"]["sha256"][HERE] = hashlib.sha256(program).hexdigest()
    pinned.catalogue.write_text(yaml.safe_dump(catalogue))
    artifacts = pinned.cache / "slipway" / "artifacts"
    cached = artifacts / "cloudflared" / str(catalogue["cloudflared"]["version"]) / HERE / "cloudflared"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(program)
    cached.chmod(0o755)
    for other in cache_root().glob("*"):
        if other.name != "cloudflared":
            (artifacts / other.name).symlink_to(other)
    return pinned
