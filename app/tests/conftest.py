"""Fixtures: an app with a data folder, keys and a clock of its own for each test."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import BoundedSemaphore

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

from strongbox import downloads, throttle
from strongbox.accounts import passwords
from strongbox.factory import create_app
from strongbox.preparation import prepare
from strongbox.secret import Secret
from strongbox.services import Services, services
from strongbox.settings import Settings
from tests.visitor import Visitor

STRONG = "quiet river under nine moons"
REAL_HASHER = passwords.HASHER


class Clock:
    """A clock that stands still until it is told to move."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, span: timedelta) -> None:
        self.time += span


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    data = tmp_path / "data"
    data.mkdir()
    return Settings(
        data_dir=data,
        secret_keys=(Secret(secrets.token_bytes(32)),),
        key_encryption_keys={1: Secret(secrets.token_bytes(32))},
        release="test-release",
    )


@pytest.fixture(autouse=True)
def nothing_is_being_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget downloads that another test did not close."""
    monkeypatch.setattr(downloads, "SENDING", BoundedSemaphore(downloads.AT_ONCE))


@pytest.fixture(autouse=True)
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with little memory."""
    hash_with(monkeypatch, passwords.PasswordHasher(memory_cost=8, time_cost=1, parallelism=1))


@pytest.fixture
def real_hashing(cheap_hashing: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as in production after all."""
    hash_with(monkeypatch, REAL_HASHER)


def hash_with(monkeypatch: pytest.MonkeyPatch, hasher: passwords.PasswordHasher) -> None:
    monkeypatch.setattr(passwords, "HASHER", hasher)
    monkeypatch.setattr(passwords, "NOBODYS_HASH", passwords.nobodys_hash(hasher))


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Jinja compiles each template once, not once per test."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def make_app(settings: Settings, clock: Clock, compiled_templates: FileSystemBytecodeCache) -> Callable[..., Flask]:
    def make(**changes: object) -> Flask:
        app = create_app(dataclasses.replace(settings, **changes), clock)
        app.jinja_env.bytecode_cache = compiled_templates
        with app.app_context():
            prepare(services())
        return app

    return make


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def parts(app: Flask) -> Services:
    with app.app_context():
        return services()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def anna(app: Flask) -> Visitor:
    return Visitor(app).signed_up("anna", STRONG)


@pytest.fixture
def ben(app: Flask) -> Visitor:
    return Visitor(app).signed_up("ben", STRONG)


@pytest.fixture
def counters(settings: Settings) -> throttle.SqliteStorage:
    return throttle.SqliteStorage(f"{throttle.SCHEME}://{settings.data_dir / 'limits.db'}")
