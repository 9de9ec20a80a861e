"""The images of a local app: the app's own, built as for production, and one of nothing but the pinned Caddy."""

from __future__ import annotations

import io
import json
import platform
import subprocess
import tarfile
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import ArtifactError, architecture_of, fetch, load
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.errors import ShippingError
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.image_request import ImageRequest, resolve

from .app import Chosen


def artifact(name: str) -> Path:
    """Return the path of a pinned program.

    Raises:
        RefusalError: no source delivers it, or its hash is wrong.
    """
    try:
        return fetch(load(name, architecture_of(platform.machine())))
    except ArtifactError as error:
        raise RefusalError(
            what=f"the program {name} isn't available", value=str(error), where="artifacts.yml", next="see above"
        ) from error


def image_of(chosen: Chosen) -> str:
    """Return the id of the app's image, built or pulled as for production.

    Raises:
        RefusalError: it can't be built, with the end of the build's output.
    """
    try:
        ready = resolve(ImageRequest(chosen.production, chosen.source))
    except ShippingError as error:
        raise RefusalError(
            what="there is no image of the app",
            value=str(error),
            where=str(chosen.source),
            next="correct it, slipway local",
        ) from error
    return str(ready.image.id if ready.image else ready.reference)


def command_of(image: str) -> list[str]:
    """Return what the image runs."""
    asked = subprocess.run(["docker", "image", "inspect", image], capture_output=True, text=True, check=False)
    if asked.returncode:
        subprocess.run(["docker", "pull", "--quiet", image], check=True, stdout=subprocess.DEVNULL)
        asked = subprocess.run(["docker", "image", "inspect", image], capture_output=True, text=True, check=True)
    config = json.loads(asked.stdout)[0]["Config"]
    return [*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])]


def caddy_image() -> str:
    """Return an image of nothing but the pinned Caddy, made once a version."""
    program = artifact("caddy")
    name = f"slipway/caddy:{program.parent.parent.name}"
    if subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False).returncode:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            tar.add(program, "caddy")
        start = ["--change", 'ENTRYPOINT ["/caddy"]']
        subprocess.run(
            ["docker", "import", *start, "-", name], input=packed.getvalue(), check=True, stdout=subprocess.DEVNULL
        )
    return name
