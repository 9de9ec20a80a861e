"""The image of a commit: built once, tagged by commit, handed on to the deploy jobs by digest.

With a registry the digest is the registry's. Without one the image itself travels as a job artifact, and the digest
is the image's id: the same bytes reach every environment either way.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import IMAGE
from slipway.given import refuse_strange

from . import registry, sbom

FOLDER = ".image"
ARCHIVE = "image.tar.gz"
CONTENTS = "sbom.cdx.json"
RECORD = "image.env"  # dotenv report: GitLab hands its variables to the jobs that need this one
FASTEST = 1  # gzip level: the artifact is read once, by the next job


@dataclass(frozen=True)
class Built:
    """What the build job hands on. `reference` is `name@sha256:...` (registry) or `sha256:...` (archive)."""

    reference: str
    tag: str

    def record(self) -> str:
        """Return the dotenv report."""
        return f"SLIPWAY_IMAGE={self.reference}\n"


def tag(repository: str, app: str, commit: str) -> str:
    """Return the name of the image of a commit: in the registry, or on the runner's engine where there is none."""
    return f"{repository}/{app}:{commit}" if repository else f"slipway/{app}:{commit}"


def publish(image_id: str, name: str, folder: Path, job: Mapping[str, str] | None = None) -> Built:
    """Hand the image on: to the registry, or as archive in `folder`; with what is in it, as CycloneDX.

    Args:
        image_id: of the engine.
        name: what `tag` returned.
        folder: exists.
        job: the job's environment, with the registry's address and login; without it nothing is pushed.

    Raises:
        RefusalError: when the registry does not take it.
    """
    _docker(["tag", image_id, name])
    reference = _pushed(name, job) if job else image_id
    with TemporaryDirectory(prefix="slipway-") as scratch:
        saved = Path(scratch) / "image.tar"
        _docker(["save", "--output", str(saved), name])
        (folder / CONTENTS).write_text(sbom.document(saved, name, reference))
        if not job:
            _compress(saved, folder / ARCHIVE)
    built = Built(reference, name)
    (folder / RECORD).write_text(built.record())
    return built


def hand_on(reference: str, folder: Path) -> Built:
    """Hand on an image that is not built here: `name@sha256:...`, which hosts pull."""
    built = Built(reference, reference)
    (folder / RECORD).write_text(built.record())
    return built


def fetch(environ: Mapping[str, str], folder: Path) -> str:
    """Make sure that the image that the build job handed on is here; return its reference.

    `SLIPWAY_TAG`, set by hand for a job or pipeline, asks for another one: a tag in the registry or on this engine.

    Raises:
        RefusalError: when there is no such image, or the archive holds another one than the build job said.
    """
    reference, wanted = environ.get("SLIPWAY_IMAGE", ""), environ.get("SLIPWAY_TAG", "")
    if wanted:
        return _by_tag(wanted, environ)
    if "@sha256:" in reference:
        return reference  # the host pulls it
    if reference and (folder / ARCHIVE).is_file():
        # An id is a hash of its content: on a runner that keeps its engine the build job left the very image.
        if _inspect(reference) is None:
            _load(folder / ARCHIVE, reference)
        return reference
    raise RefusalError(
        what="there is no image to deploy",
        value="SLIPWAY_IMAGE=(missing)",
        where="artifacts of the build job of this pipeline (they expire)",
        next="run the build job again, or set SLIPWAY_TAG to an image that exists",
    )


def _load(archive: Path, reference: str) -> None:
    _docker(["load", "--quiet", "--input", str(archive)])
    if _inspect(reference) is None:
        raise RefusalError(
            what="the image archive holds another image than the build job recorded",
            value=reference,
            where=f"artifacts of the build job: {ARCHIVE}, {RECORD}",
            next="run the build job again",
        )


def check_port(image_id: str, port: int) -> None:
    """Refuse an image that does not say it listens on the app's port: the gate would only find out after minutes.

    Raises:
        RefusalError: when the image has no `EXPOSE` of that port.
    """
    details = _inspect(image_id) or {}
    config = cast(dict[str, object], details.get("Config") or {})
    exposed = sorted(cast(dict[str, object], config.get("ExposedPorts") or {}))
    if f"{port}/tcp" not in exposed:
        raise RefusalError(
            what="the image does not listen on the app's port",
            value=f"port {port}; the image exposes {', '.join(exposed) or 'nothing'}",
            where="EXPOSE in the Dockerfile, and `port` in slipway_apps",
            next=f"write `EXPOSE {port}` in the Dockerfile, or set `port` to the one the app listens on",
        )


def _compress(saved: Path, archive: Path) -> None:
    with saved.open("rb") as source, gzip.open(archive, "wb", compresslevel=FASTEST) as packed:
        shutil.copyfileobj(source, packed)


def _pushed(name: str, job: Mapping[str, str]) -> str:
    answer = registry.asked(job, "push", "--quiet", name)
    if answer.returncode:
        raise RefusalError(
            what="the registry did not take the image",
            value=f"{name}: {registry.last_line(answer.stderr)}",
            where="input `registry` in .gitlab-ci.yml, and GitLab: Settings > General > Container registry",
            next="turn the registry on, or set registry: false to hand the image on as a job artifact",
        )
    return _digest(name)


def _by_tag(wanted: str, job: Mapping[str, str]) -> str:
    if _inspect(wanted) is None:
        pulled = registry.asked(job, "pull", "--quiet", wanted)
        if pulled.returncode:
            raise RefusalError(
                what="there is no image with this tag",
                value=f"{wanted}: {registry.last_line(pulled.stderr)}",
                where="SLIPWAY_TAG of this job or pipeline",
                next="pick a tag under Deploy > Container registry, or leave SLIPWAY_TAG empty",
            )
    details = _inspect(wanted) or {}
    digests = cast(list[str], details.get("RepoDigests") or [])
    answer = digests[0] if digests else str(details.get("Id"))
    refuse_strange({wanted: answer}, {wanted: IMAGE}, "the engine or registry that says so")
    return answer


def _digest(name: str) -> str:
    digests = cast(list[str], (_inspect(name) or {}).get("RepoDigests") or [])
    repository = name.rsplit(":", 1)[0]
    return next(digest for digest in digests if digest.startswith(f"{repository}@"))


def _inspect(reference: str) -> dict[str, object] | None:
    answer = subprocess.run(["docker", "image", "inspect", reference], capture_output=True, text=True, check=False)
    if answer.returncode:
        return None
    found = cast(list[dict[str, object]], json.loads(answer.stdout))
    return found[0] if found else None


def _docker(arguments: Sequence[str]) -> None:
    subprocess.run(["docker", *arguments], check=True, stdout=subprocess.DEVNULL)
