"""What holds for all of the API: health, documents, logs and settings."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from app import settings
from app.api import serve
from app.logs import JsonLines
from tests.conftest import Caller


def test_it_is_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json == {"database": "ready"}


def test_it_is_not_ready_without_its_database(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = create_engine("sqlite:////nowhere/data.db")
    with monkeypatch.context() as changed:
        changed.setattr("app.database.engine", lambda: nowhere)
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_it_documents_itself_without_the_internet(client: FlaskClient) -> None:
    paths = client.get("/api/openapi.json").json["paths"]
    assert paths["/api/reports"]["post"]["security"] == [{"bearer": []}]
    assert "security" not in paths["/api/tokens"]["post"]
    assert "https://" not in client.get("/api/docs/").text


def test_every_request_has_an_id_and_a_line(
    client: FlaskClient, ann: Caller, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.logs.LOGGER.propagate", True)
    with caplog.at_level("INFO", "app"):
        answer = client.get("/api/reports/nothing?secret=1", headers={"X-Request-Id": "abcdef-123456"})
    assert answer.headers["X-Request-Id"] == "abcdef-123456"
    assert client.get("/healthz", headers={"X-Request-Id": '"bad'}).headers["X-Request-Id"] != '"bad'
    [record] = [one for one in caplog.records if one.getMessage() == "request"][:1]
    line = json.loads(JsonLines().format(record))
    assert (line["status"], line["route"], line["method"]) == (404, None, "GET")
    assert "secret" not in json.dumps(line)


def test_the_driver_is_chosen_for_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:pw@db:5432/shop")
    assert settings.database_url().drivername == "postgresql+psycopg"


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRETS_DIR"])
def test_a_missing_setting_is_one_sentence(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(SystemExit, match="3"):
        serve.main()
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
