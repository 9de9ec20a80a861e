"""Fixtures: an app with a data folder and keys of its own for each test."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from strongbox import create_app
from strongbox.preparation import prepare
from strongbox.secret import Secret
from strongbox.services import services
from strongbox.settings import Settings


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


@pytest.fixture
def app(settings: Settings) -> Flask:
    app = create_app(settings)
    with app.app_context():
        prepare(services())
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
