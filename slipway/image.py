"""The image of an app, built as `slipway deploy` would, without any host.

What was tested is then what is deployed: `app_images` takes the id. The first deploy to a host need not wait for an
image that is packed already.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.kit import source_of
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.image_request import (
    ImageRequest,
    ResolvedImage,
    pack_for,
    resolve,
)
from slipway.environment import Environment
from slipway.inventory import read_without_vault


def build(
    environment: Environment, name: str, source: Path | None = None, base: str = "", revision: str = ""
) -> ResolvedImage:
    """Build an app's image if anything changed; return it.

    Args:
        environment: whose inventory declares the app.
        name: in `slipway_apps`.
        source: folder that `build` and `dockerfile` are relative to; None for the one that has `inventories/`.
        base: takes the place of debian:13-slim; empty leaves it.
        revision: of Git, to note; empty for that of the source.

    Raises:
        SlipwayError: it is not declared, or can't be built.
    """
    app = read_without_vault(environment).completed(name)
    return resolve(ImageRequest(app, source or source_of(app, environment.source), base, revision=revision))


def pack(ready: ResolvedImage) -> None:
    """Pack an image for hosts that have nothing of it."""
    pack_for(ready, layers_present=0, target=Path())


def reference(ready: ResolvedImage) -> str:
    """Return what `app_images` takes: `name@sha256:...`, or the image's id."""
    described = ready.described()
    return str(described["reference"] or described["id"])
