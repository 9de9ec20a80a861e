"""The image of a release on the host: is it there, which of its layers are, take it in, give it up."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from . import uploads
from .app import App, WantedImage
from .dockerd import Engine, Image
from .errors import DiskError, ImageError

ONE_MIB = 1024 * 1024
# Room for the app's data, logs and the next packages, besides the image itself.
FLOOR_BYTES = 1024 * ONE_MIB
PULL_TIMEOUT_S = 600


def find(engine: Engine, wanted: WantedImage) -> Image | None:
    """Return the wanted image where the host has it: by its id, or by its fingerprint where ids are another store's."""
    found = engine.image(wanted.reference or wanted.id)
    if found or wanted.reference:
        return found
    return next((image for image in engine.images() if image.fingerprint == wanted.fingerprint), None)


def layers_present(images: Iterable[Sequence[str]], wanted: Sequence[str]) -> int:
    """Return how many layers, from the base up, any image shares: a layer counts only with all below it."""
    best = 0
    for layers in images:
        shared = 0
        for ours, theirs in zip(wanted, layers, strict=False):
            if ours != theirs:
                break
            shared += 1
        best = max(best, shared)
    return best


def check_disk(free_bytes: int, image_bytes: int, where: str) -> None:
    """Refuse to take an image in when the disk would be left with less than the floor.

    Raises:
        DiskError: with the figures.
    """
    needed = FLOOR_BYTES + 2 * image_bytes
    if free_bytes < needed:
        raise DiskError(
            f"{free_bytes // ONE_MIB} MiB free in {where}, {needed // ONE_MIB} MiB wanted"
            f" (1024 MiB + twice the image of {image_bytes // ONE_MIB} MiB).",
            fix="`docker system df` on the host shows what takes the room; lower keep_releases, or enlarge the disk",
        )


def load(engine: Engine, app: App, wanted: WantedImage, archive: Path) -> Image:
    """Load a shipped archive and make sure that it is the wanted image.

    Raises:
        ImageError: what arrived is not what was sent.
        LoadError: Docker refused it: a layer was altered on the way or is absent.
    """
    with uploads.opened(archive) as file:
        engine.load(file, os.fstat(file.fileno()).st_size)
    found = find(engine, wanted)
    if found is None:
        raise ImageError(
            f"{app.name}: the image that arrived is not {wanted.id}.",
            fix="run the deploy again; if it happens again, something alters data between here and the host",
        )
    return found


def pull(engine: Engine, wanted: WantedImage) -> Image:
    """Pull an image that is pinned by digest.

    Raises:
        ImageError: the registry refused or does not answer.
    """
    command = ["docker", "pull", "--quiet", wanted.reference]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PULL_TIMEOUT_S, check=False)
        problem = done.stderr.strip()
    except subprocess.TimeoutExpired:
        problem = f"no end after {PULL_TIMEOUT_S} s"
    found = engine.image(wanted.reference)
    if found is None:
        raise ImageError(
            f"{wanted.reference} could not be pulled.",
            evidence=problem.splitlines()[-3:],
            fix="try `docker pull` on the host; a private registry wants `docker login` there first",
        )
    return found


def keep(engine: Engine, repository: str, release_id: str, image: Image) -> None:
    """Name an image after its release, so that no clean-up of unnamed images takes it."""
    if f"{repository}:{release_id}" not in image.tags:
        engine.tag(image.id, repository, release_id)


def let_go(engine: Engine, app: App, release_ids: Iterable[str]) -> list[str]:
    """Take away the names of all releases but those kept; returns the names that went."""
    own, kept = app.repository(), set(release_ids)
    tags = [tag for image in engine.images() for tag in image.tags if tag.startswith((f"{own}:", f"{own}/"))]
    gone = [tag for tag in tags if tag.rpartition(":")[2] not in kept]
    for tag in gone:
        engine.untag(tag)
    return gone
