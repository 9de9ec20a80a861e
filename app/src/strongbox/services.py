"""What the request handlers work with, built once per app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app
from sqlalchemy import Engine

from strongbox.accounts.database import open_engine
from strongbox.accounts.directory import Directory
from strongbox.accounts.sessions import Sessions
from strongbox.settings import Settings
from strongbox.vault.keyring import KeyRing
from strongbox.vault.store import VaultStore


@dataclass(frozen=True, slots=True)
class Services:
    """Everything below the web: it knows nothing of requests."""

    settings: Settings
    engine: Engine
    vaults: VaultStore
    directory: Directory
    sessions: Sessions
    now: Callable[[], datetime]


def build(settings: Settings, now: Callable[[], datetime]) -> Services:
    """Put the parts together; opens no file."""
    engine = open_engine(settings.data_dir)
    vaults = VaultStore(settings.data_dir / "users", KeyRing(settings.key_encryption_keys), now)
    return Services(
        settings=settings,
        engine=engine,
        vaults=vaults,
        directory=Directory(engine, vaults, now),
        sessions=Sessions(engine, now, settings.session_idle, settings.session_absolute),
        now=now,
    )


def install(app: Flask, built: Services) -> None:
    """Make the services available to `services()`."""
    app.extensions["strongbox"] = built


def services() -> Services:
    """Return the services of the app that handles this request or command."""
    found: Services = current_app.extensions["strongbox"]
    return found
