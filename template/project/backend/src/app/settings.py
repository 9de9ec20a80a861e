"""Settings: addresses from the environment, secrets from files. The kit's docs/apps.md says what a container gets."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import URL, make_url

RELEASE = os.environ.get("RELEASE", "local")
TITLE = os.environ.get("TITLE", "API")


class SettingsError(Exception):
    """Something is not set; the message says what, and where to set it."""


def secret(name: str) -> str:
    """Return the content of a secret's file.

    Raises:
        SettingsError: there is no such file, or it is empty.
    """
    file = Path(os.environ.get("SECRETS_DIR", "/run/secrets"), name)
    text = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
    if not text:
        raise SettingsError(f"There is no secret in {file}. Name it in `secrets` of the inventory, or set SECRETS_DIR.")
    return text


def database_url() -> URL:
    """Return where the data is, with the driver for it.

    Raises:
        SettingsError: DATABASE_URL is not set.
    """
    given = os.environ.get("DATABASE_URL", "")
    if not given:
        raise SettingsError("DATABASE_URL is not set. `uses: {db: DATABASE_URL}` in the inventory sets it.")
    url = make_url(given)
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgres", "postgresql"} else url


def queue_url() -> str:
    """Return where jobs go; empty on a developer's machine, where they run in the process that asks for them.

    Not BROKER_URL: that name is an option of the command `celery`, and beats the configuration.
    """
    return os.environ.get("QUEUE_URL", "")
