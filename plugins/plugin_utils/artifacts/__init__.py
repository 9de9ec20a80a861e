"""Programs that Slipway brings along, pinned by the hash of the bytes that run (`artifacts.yml`), fetched once."""

from __future__ import annotations

from .catalogue import CATALOGUE, Artifact, ArtifactError, Source, load
from .fetch import fetch
from .machine import architecture_of

__all__ = ["CATALOGUE", "Artifact", "ArtifactError", "Source", "architecture_of", "fetch", "load"]
