"""A new database for each test: SQLite, or what TEST_DATABASE_URL names; and a client that is logged in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import database
from app.api import create_app
from app.models import Base, Message

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "jwt_key").write_text("a key that is long enough for HS256")
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{tmp_path}/data.db")
    monkeypatch.delenv("QUEUE_URL", raising=False)
    database.engine.cache_clear()
    yield
    if database.engine.cache_info().currsize:
        database.engine().dispose()
    database.engine.cache_clear()


@pytest.fixture
def tables(_settings: None) -> Iterator[None]:
    """Make all tables, empty."""
    Base.metadata.drop_all(database.engine())
    Base.metadata.create_all(database.engine())
    yield
    Base.metadata.drop_all(database.engine())


class Caller:
    """Calls the API as a person who has logged in."""

    def __init__(self, client: FlaskClient, email: str) -> None:
        self.client, self.email = client, email
        who = {"email": email, "password": PASSWORD}
        assert client.post("/api/users", json=who).status_code == 201
        answer = client.post("/api/tokens", json=who)
        assert answer.status_code == 201, answer.json
        self.tokens: dict[str, str] = answer.json

    def call(self, method: str, path: str, **given: object) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return self.client.open(path, method=method, headers=headers, **given)


@pytest.fixture
def app(tables: None) -> Flask:
    return create_app(TESTING=True)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def ann(client: FlaskClient) -> Caller:
    return Caller(client, "ann@example.com")


@pytest.fixture
def bob(client: FlaskClient) -> Caller:
    return Caller(client, "bob@example.com")


class Broker:
    """Takes jobs in place of RabbitMQ, or is away."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, list[str]]] = []
        self.away = False

    def take(self, message: Message) -> None:
        if self.away:
            raise ConnectionRefusedError
        self.jobs.append((message.task, message.arguments))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    made = Broker()
    monkeypatch.setattr("app.jobs.outbox._hand_over", made.take)
    return made
