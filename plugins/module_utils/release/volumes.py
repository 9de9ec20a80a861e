"""The volumes that an image declares: each release begins with new ones, so nothing that has to last may be in them."""

from __future__ import annotations

import posixpath

from .app import App
from .dockerd import Image
from .errors import RefusedError


def refuse(app: App, image: Image) -> None:
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
