"""Read `artifacts.yml`: what is pinned, and where it is available."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import SlipwayError
from ansible_collections.slipway.kit.plugins.plugin_utils.kit import ROOT

CATALOGUE = ROOT / "artifacts.yml"
SHA256 = re.compile(r"[0-9a-f]{64}")


class ArtifactError(SlipwayError):
    """An artifact is declared wrongly, isn't available, or is not what was pinned."""


@dataclass(frozen=True)
class Source:
    """One place to get an artifact from.

    `kind` says how to read `location`: the URL of a file, or a requirement (`name==version`) of a Python wheel.
    `member` is the path of the program inside the archive; None: the file is the program.
    """

    kind: Literal["url", "wheel"]
    location: str
    member: str | None


@dataclass(frozen=True)
class Artifact:
    """A program of one version for one architecture; `sha256` is that of the program itself, 64 hex digits."""

    name: str
    version: str
    architecture: str
    sha256: str
    sources: tuple[Source, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.architecture})"


def load(name: str, architecture: str, catalogue: Path = CATALOGUE) -> Artifact:
    """Return what `catalogue` pins under `name` for `architecture` (Debian's words: amd64, arm64).

    Raises:
        ArtifactError: nothing is pinned under that name, not for that architecture, or the entry is malformed.
    """
    tree = yaml.safe_load(catalogue.read_text())
    if not isinstance(tree, Mapping) or name not in tree:
        known = ", ".join(sorted(tree)) if isinstance(tree, Mapping) else "nothing"
        raise ArtifactError(f"{catalogue.name} does not pin {name!r}; it pins {known}.")
    entry = _mapping(tree[name], name, {"version", "sha256", "sources"}, catalogue)
    version = str(entry["version"])
    hashes = cast("Mapping[str, object]", entry["sha256"])
    if not isinstance(hashes, Mapping) or architecture not in hashes:
        known = ", ".join(hashes) if isinstance(hashes, Mapping) else "nothing"
        raise ArtifactError(
            f"{name} {version} is not pinned for {architecture!r}, only for {known}. "
            f"Add {name}.sha256.{architecture} in {catalogue.name}."
        )
    sha256 = str(hashes[architecture])
    if not SHA256.fullmatch(sha256):
        raise ArtifactError(f"{catalogue.name}: {name}.sha256.{architecture}: {sha256!r} is not a SHA-256 in hex.")
    sources = cast("list[object]", entry["sources"])
    if not isinstance(sources, list) or not sources:
        raise ArtifactError(f"{catalogue.name}: {name}.sources: a list of sources is wanted, this is {sources!r}.")
    read = [
        _source(source, f"{name}.sources[{at}]", {"version": version, "arch": architecture}, catalogue)
        for at, source in enumerate(sources)
    ]
    return Artifact(name, version, architecture, sha256, tuple(read))


def _source(source: object, path: str, values: Mapping[str, str], catalogue: Path) -> Source:
    kind: Literal["url", "wheel"] = "wheel" if isinstance(source, Mapping) and "wheel" in source else "url"
    entry = _mapping(source, path, {kind}, catalogue, optional={"member"})
    member = entry.get("member")
    return Source(kind, str(entry[kind]).format(**values), str(member).format(**values) if member else None)


def _mapping(
    value: object, path: str, wanted: set[str], catalogue: Path, optional: set[str] | None = None
) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ArtifactError(f"{catalogue.name}: {path}: a mapping is wanted, this is {value!r}.")
    for key in value:
        if key not in wanted | (optional or set()):
            raise ArtifactError(f"{catalogue.name}: {path}.{key}: unknown key.")
    for key in sorted(wanted):
        if key not in value:
            raise ArtifactError(f"{catalogue.name}: {path}.{key}: missing.")
    return value
