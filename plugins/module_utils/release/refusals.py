"""What a deploy refuses before it touches anything: what would take data away, lose it, or never run."""

from __future__ import annotations

import contextlib
import posixpath

from .app import App
from .dockerd import Image
from .errors import RefusedError

ROOT = 0
# What the kernel calls a machine, and Docker the images for it; 32-bit ARM has variants that tell no more.
MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "riscv64": "riscv64", "ppc64le": "ppc64le", "s390x": "s390x"}


def refuse_another_owner(app: App) -> None:
    """Refuse to give the data of a living app to another user: the release that has it could not read it any more.

    Raises:
        RefusedError: with the way to do it while visitors see the maintenance page.
    """
    with contextlib.suppress(OSError):
        owner = app.data_dir.lstat().st_uid
        if owner not in (ROOT, app.uid):
            raise RefusedError(
                f"{app.name}: `uid: {app.uid}` is declared, and the data of the live release in {app.data_dir} belongs"
                f" to {owner}. Handing it over now would take it away from the release that visitors get.",
                fix=f"set `uid: {owner}` again; or `slipway maintenance ENV on`, then on the host "
                f"`docker stop {app.project('blue')} {app.project('green')}` and `chown --recursive --no-dereference "
                f"{app.uid}:{app.uid} {app.data_dir}`, then deploy again and `slipway maintenance ENV off`",
            )


def refuse_another_machine(app: App, architecture: str, machine: str) -> None:
    """Refuse an image that this host could not run, before it is sent.

    Args:
        app: whose image.
        architecture: as Docker calls it; empty where it is not known.
        machine: as the kernel calls it.

    Raises:
        RefusedError: with both, and where to build it.
    """
    own = MACHINES.get(machine, "")
    if architecture and own and architecture != own:
        raise RefusedError(
            f"{app.name}: its image is for {architecture}, and this host is {own} ({machine}): it would end with "
            "`exec format error`.",
            fix=f"build it on a machine of that kind, or `docker buildx build --platform linux/{own} --load ...` and"
            f" name the result in app_images: {{{app.name}: sha256:...}}",
        )


def refuse_lost_volumes(app: App, image: Image) -> None:
    """Refuse an image with a volume that is neither the app's data nor declared to be lost with each release.

    Raises:
        RefusedError: names the volumes and both ways out.
    """
    allowed = {app.data_path, *app.ephemeral}
    strange = [path for path in image.volumes if posixpath.normpath(path) not in allowed]
    if strange:
        listed = ", ".join(strange)
        raise RefusedError(
            f"{app.name}: its image declares VOLUME {listed}, which is new and empty with each release, so what the"
            f" app writes there is lost at the next deploy; only {app.data_path} lasts.",
            fix=f"let the app write below `data_path`, take VOLUME out of the Dockerfile, or list it: "
            f"ephemeral: [{listed}] of the app in slipway_apps, when it may be lost",
        )
