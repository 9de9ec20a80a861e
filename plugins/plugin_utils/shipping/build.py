"""Build an app's image on the control machine, only when something that goes into it changed."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine, Image

from .context import DOCKERFILE, Context
from .errors import ShippingError

CONTENT_LABEL = "org.slipway.content"
SOURCE_LABEL = "org.opencontainers.image.source"
REVISION_LABEL = "org.opencontainers.image.revision"
BASE_ARGUMENT = "BASE_IMAGE"  # of a Dockerfile that leaves its base to the deploy
BASE_IMAGE = "debian:13-slim"
# The same system from Debian's packages, made where no registry answers.
LOCAL_BASE_IMAGE = "slipway/debian:13-slim"
TAIL_LINES = 30


def local_engine() -> Engine:
    """Return the control machine's engine: DOCKER_HOST when it is a Unix socket, else the usual place."""
    host = os.environ.get("DOCKER_HOST", "")
    return Engine(host.removeprefix("unix://")) if host.startswith("unix://") else Engine()


@dataclass(frozen=True)
class Recipe:
    """What becomes an image: the context, the base where the Dockerfile leaves it open, and the name it gets.

    `target` is the stage that is built, the last one where it is empty; `arguments` are those of the inventory.
    """

    app: str
    context: Context
    base: Image | None = None
    base_name: str = ""
    target: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)

    @functools.cached_property
    def tag(self) -> str:
        """The name under which the result is found again; it changes with any input."""
        arguments = {**self.arguments, **({BASE_ARGUMENT: self.base.id} if self.base else {})}
        if self.target:
            arguments["--target"] = self.target
        return f"slipway/build-{self.app}:{self.context.digest(arguments)}"


def recipe(engine: Engine, app: str, context: Context, base_name: str = "") -> Recipe:
    """Find the base image, here or in a registry, for a Dockerfile that leaves its base to the deploy.

    One whose `ARG BASE_IMAGE` names another image than the kit's own keeps that, unless `base_name` says otherwise.

    Raises:
        ShippingError: there is none.
    """
    dockerfile = context.recipe
    if not dockerfile.takes(BASE_ARGUMENT):
        return Recipe(app, context)
    if not base_name and dockerfile.arguments[BASE_ARGUMENT] not in (None, "", BASE_IMAGE):
        return Recipe(app, context)
    names = [base_name] if base_name else [BASE_IMAGE, LOCAL_BASE_IMAGE]
    for name in names:
        base = engine.image(name)
        if base:
            return Recipe(app, context, base, name)
    pulled = client(["pull", "--quiet", names[0]])
    base = engine.image(names[0])
    if base is None:
        raise ShippingError(
            f"The base image {names[0]} is not here and can't be pulled: {pulled.stderr.decode().strip()[-200:]}\n"
            "Next: check the network, or set app_base_image to one that this machine has."
        )
    return Recipe(app, context, base, names[0])


def built(engine: Engine, made: Recipe) -> Image | None:
    """Return the image of a recipe if it was built before."""
    return engine.image(made.tag)


def build(engine: Engine, made: Recipe, revision: str) -> Image:
    """Build the image of a recipe.

    Raises:
        ShippingError: the build failed; holds the end of its output.
    """
    content = made.tag.rpartition(":")[2]
    command = ["build", "--quiet", "--file", DOCKERFILE, "--tag", made.tag]
    given = {**made.arguments, **({BASE_ARGUMENT: made.base_name} if made.base_name else {})}
    command += [part for name, value in given.items() for part in ("--build-arg", f"{name}={value}")]
    command += ["--target", made.target] if made.target else []
    labels = {CONTENT_LABEL: content, REVISION_LABEL: revision}
    if os.environ.get("CI_PROJECT_URL"):  # GitLab says which repository this is
        labels[SOURCE_LABEL] = os.environ["CI_PROJECT_URL"]
    command += [part for name, value in labels.items() for part in ("--label", f"{name}={value}")]
    command.append("-")
    done = client(command, made.context.archive(), DOCKER_HOST=f"unix://{engine.socket_path}")
    image = engine.image(made.tag)
    if done.returncode or image is None:
        told = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()[-TAIL_LINES:]
        listed = "\n  ".join(told)
        raise ShippingError(
            f"The image of {made.app} could not be built from {made.context.dockerfile}:\n  {listed}\n"
            f"Next: correct it; `docker build` with {made.context.folder} as context shows all of it."
        )
    return image


def client(arguments: Sequence[str], given: bytes = b"", **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run Docker's client, with `variables` added to its environment.

    Raises:
        ShippingError: it is not installed; Debian has it in a package apart from the engine's.
    """
    try:
        return subprocess.run(
            ["docker", *arguments], input=given, capture_output=True, env={**os.environ, **variables}, check=False
        )
    except FileNotFoundError as error:
        raise ShippingError(
            "The program `docker`, which builds the image, is not on this machine.\n"
            "Next: install it (Debian 13: apt-get install docker-cli; before: docker.io), then run again."
        ) from error


def revision_of(source: Path) -> str:
    """Return the short Git revision of a folder, `+` behind it when something is not committed; empty without Git."""
    git = ["git", "-C", str(source)]
    head = subprocess.run([*git, "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=False)
    if head.returncode:
        return ""
    changes = subprocess.run([*git, "status", "--porcelain", "--", "."], capture_output=True, text=True, check=False)
    return head.stdout.strip() + ("+" if changes.stdout.strip() else "")
