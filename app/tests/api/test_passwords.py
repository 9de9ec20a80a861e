"""The generator over the API."""

from __future__ import annotations

from flask.testing import FlaskClient


def test_a_password_is_made_for_anyone_and_kept_by_no_cache(client: FlaskClient) -> None:
    answer = client.post("/api/v1/passwords", json={"length": 30, "symbols": 0})
    assert answer.json["password"].isalnum()
    assert len(answer.json["password"]) == 30
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_a_passphrase_is_made_of_words(client: FlaskClient) -> None:
    answer = client.post("/api/v1/passphrases", json={"words": 5, "separator": "."})
    assert len(answer.json["password"].split(".")) == 5
    assert 64 < answer.json["bits"] < 65


def test_an_impossible_policy_is_said(client: FlaskClient) -> None:
    answer = client.post("/api/v1/passwords", json={"digits": 100})
    assert answer.status_code == 422
    assert answer.json["message"] == "103 characters are asked for, but the length is 20."


def test_the_generator_has_a_limit_too(client: FlaskClient) -> None:
    answers = [client.post("/api/v1/passwords", json={}).status_code for _ in range(121)]
    assert answers == [200] * 120 + [429]


def test_the_documentation_is_served_from_here_alone(client: FlaskClient) -> None:
    page = client.get("/api/v1/docs").text
    assert "http" not in page.replace("http-equiv", "")
    with client.get("/api/v1/docs/files/swagger-ui-bundle.js") as script:
        assert script.status_code == 200
