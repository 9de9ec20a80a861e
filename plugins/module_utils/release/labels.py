"""What an image says about itself by its labels; anybody may have written them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .errors import RefusedError

APP_LABEL = "org.slipway.app"
SERVICE_LABEL = "org.slipway.service"
RELEASE_LABEL = "org.slipway.release"
SCHEMA_LABEL = "org.slipway.schema"
REVISION_LABEL = "org.opencontainers.image.revision"
# Nine digits: counted up by one per migration, nobody comes further.
SCHEMA = re.compile(r"[0-9]{1,9}", re.ASCII)


def schema_of(labels: Mapping[str, str], image: str) -> int:
    """Return the schema of the data that a release of this image brings, 0 where none is declared.

    Raises:
        RefusedError: the label is not a whole number.
    """
    text = str(labels.get(SCHEMA_LABEL) or "0").strip()
    if not SCHEMA.fullmatch(text):
        raise RefusedError(
            f"Label {SCHEMA_LABEL} of image {image} is {text[:60]!r}; expected a whole number from 0 to 999999999.",
            fix=f'let the Dockerfile say LABEL {SCHEMA_LABEL}="9" (or whatever the number is), then deploy again',
        )
    return int(text)
