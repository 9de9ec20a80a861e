"""What is needed of one app's image: found, built or named, and packed for a host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import DockerError, Engine, Image
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import RefusedError
from ansible_collections.slipway.kit.plugins.module_utils.release.labels import schema_of
from ansible_collections.slipway.kit.plugins.module_utils.release.process import MAIN
from ansible_collections.slipway.kit.plugins.plugin_utils.kit import ROOT

from . import archive, build, npm, wheels
from .context import NPMHOUSE, WHEELHOUSE, open_context
from .errors import ShippingError


@dataclass(frozen=True)
class ImageRequest:
    """An app (completed), the folder its paths are relative to, and what overrides them.

    `process` is the one that brings the image; `image` is an image id of this machine's engine or name@sha256:...,
    built or pushed before; `check_mode`: build nothing, as in check mode; `revision` takes the place of what Git says.
    """

    app: Mapping[str, object]
    source: Path
    base: str = ""
    image: str = ""
    check_mode: bool = False
    revision: str = ""
    process: str = MAIN

    @property
    def declared(self) -> Mapping[str, object]:
        """Where the image comes from: `build`, `dockerfile`, `target` and `args`, or `image`."""
        images = self.app["images"]
        found: Mapping[str, object] = images[self.process] if isinstance(images, Mapping) else {}
        return found

    @property
    def whose(self) -> str:
        """The app, and the process where it is not the app's own."""
        name = str(self.app["name"])
        return name if self.process == MAIN else f"{name} (process {self.process})"


@dataclass(frozen=True)
class ResolvedImage:
    """The image that answers a request: `image` where this machine has it, `reference` where the host pulls it."""

    revision: str
    engine: Engine
    image: Image | None = None
    reference: str = ""
    to_be_built: str = ""

    def described(self) -> dict[str, object]:
        """Return it as module `release` wants it."""
        if self.image:
            known = {
                "id": self.image.id,
                "fingerprint": self.image.fingerprint,
                "layers": list(self.image.layers),
                "size": self.image.size,
                "architecture": self.image.architecture,
            }
        else:
            known = {"id": self.reference.rpartition("@")[2] or self.to_be_built, "layers": [], "size": 0}
        return {**known, "reference": self.reference, "revision": self.revision}


def resolve(request: ImageRequest) -> ResolvedImage:
    """Find or build the image of an app.

    Raises:
        ShippingError: it can't be found or built.
    """
    try:
        return _ready(request)
    except DockerError as error:
        raise ShippingError(
            f"Docker on this machine, which builds and packs the image of {request.whose}: {error.what}\n"
            "Next: `docker info` here shows it; sudo systemctl start docker starts it."
        ) from error


def _ready(request: ImageRequest) -> ResolvedImage:
    named = request.image or str(request.declared["image"] or "")
    revision = request.revision or build.revision_of(request.source / str(request.declared["build"] or ""))
    engine = build.local_engine()
    if "@sha256:" in named:
        return ResolvedImage(revision, engine, reference=named)
    if named:
        image = engine.image(named)
        if image is None:
            raise ShippingError(
                f"The image {named} of {request.whose} is not on this machine.\n"
                "Next: `docker images` shows what is; app_images wants such an id or name@sha256:..."
            )
        return ResolvedImage(image.labels.get(build.REVISION_LABEL) or revision, engine, image=_judged(image, named))
    made = recipe_of(request, engine)
    image = build.built(engine, made)
    if image is None and request.check_mode:
        return ResolvedImage(revision, engine, to_be_built=made.tag)
    return ResolvedImage(revision, engine, image=_judged(image or build.build(engine, made, revision), made.tag))


def _judged(image: Image, name: str) -> Image:
    try:
        schema_of(image.labels, name)
    except RefusedError as error:
        raise ShippingError(str(error)) from error
    return image


def recipe_of(request: ImageRequest, engine: Engine) -> build.Recipe:
    """Return what the app's image is built from; wheels and npm packages are fetched where it copies them."""
    declared, source = request.declared, request.source
    if declared.get("of_the_kit"):
        source = ROOT
    dockerfile, target, args = declared["dockerfile"], declared["target"], declared["args"]
    context = open_context(source, str(declared["build"]), str(dockerfile) if dockerfile else None)
    if context.wants(WHEELHOUSE):
        context = replace(context, wheels=wheels.wheelhouse(context.folder))
    if context.wants(NPMHOUSE):
        context = replace(context, npm=npm.npmhouse(context.folder))
    arguments = {str(name): str(value) for name, value in args.items()} if isinstance(args, Mapping) else {}
    found = build.recipe(engine, str(request.app["name"]), context, request.base)
    return replace(found, target=str(target or ""), arguments=arguments)


def pack_for(ready: ResolvedImage, layers_present: int, target: Path) -> archive.Packed:
    """Return an archive of what a host lacks of the image: `target`, or a kept one of the whole image."""
    if ready.image is None:
        raise ShippingError("An image that is pulled is not sent.")
    if not layers_present:
        return archive.pack_whole(ready.engine, ready.image, wheels.cache_folder("images"))
    return archive.pack(ready.engine, ready.image.id, layers_present, target)
