"""Sign up, log in, stay logged in, log out."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import passwords
from app.database import session
from app.models import User, now
from tests.conftest import PASSWORD, Caller

REFRESH = "/api/tokens/refresh"


def test_a_person_is_known_by_the_token(ann: Caller) -> None:
    me = ann.call("GET", "/api/users/me")
    assert (me.status_code, me.json["email"], me.json["groups"]) == (200, "ann@example.com", [])


def test_passwords_are_kept_as_argon2id(ann: Caller) -> None:
    with session() as opened:
        kept = opened.scalars(select(User.password_hash)).one()
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    ("email", "password"), [("ann@example.com", "wrong horse battery"), ("nobody@example.com", PASSWORD)]
)
def test_a_wrong_password_is_refused_as_an_unknown_address_is(ann: Caller, email: str, password: str) -> None:
    answer = ann.client.post("/api/tokens", json={"email": email, "password": password})
    assert (answer.status_code, answer.json["message"]) == (401, "E-mail or password is wrong.")


def test_nobody_is_nobodys_password() -> None:
    assert not passwords.matches("nobody has this password", None)


def test_an_address_has_one_account_however_it_is_written(ann: Caller) -> None:
    answer = ann.client.post("/api/users", json={"email": "Ann@Example.com", "password": PASSWORD})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    "given",
    [
        {"email": "ann", "password": PASSWORD},
        {"email": "a@example.com", "password": "too short"},
        {"email": "a@example.com", "password": "x" * 129},
        {"email": "a@example.com"},
        {"email": "a@example.com", "password": PASSWORD, "groups": ["admin"]},
    ],
)
def test_bad_input_is_refused_with_its_field(client: FlaskClient, given: dict[str, object]) -> None:
    answer = client.post("/api/users", json=given)
    assert answer.status_code == 422
    assert answer.json["errors"]["json"].keys() <= {"email", "password", "groups"}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer a.b.c"])
def test_without_a_token_that_counts_nobody_gets_in(client: FlaskClient, header: str) -> None:
    answer = client.get("/api/users/me", headers={"Authorization": header})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_token_counts_for_its_time_and_with_its_own_key_only(ann: Caller) -> None:
    claims = jwt.decode(ann.tokens["access_token"], options={"verify_signature": False})
    key = "a key that is long enough for HS256"
    good = {**claims, "exp": now() + timedelta(seconds=9)}
    for claims, signed_with, status in [
        (good, key, 200),
        (good, "another key that is long enough for it", 401),
        ({**good, "exp": now() - timedelta(seconds=1)}, key, 401),
        ({name: value for name, value in good.items() if name != "exp"}, key, 401),
    ]:
        token = jwt.encode(claims, signed_with, "HS256")
        assert ann.client.get("/api/users/me", headers={"Authorization": f"Bearer {token}"}).status_code == status


def test_a_refresh_token_is_changed_with_each_use(ann: Caller) -> None:
    fresh = ann.client.post(REFRESH, json={"refresh_token": ann.tokens["refresh_token"]})
    assert fresh.status_code == 201
    assert fresh.json["refresh_token"] != ann.tokens["refresh_token"]
    assert ann.client.post(REFRESH, json={"refresh_token": fresh.json["refresh_token"]}).status_code == 201


def test_a_refresh_token_that_is_used_twice_ends_the_login(ann: Caller) -> None:
    old = {"refresh_token": ann.tokens["refresh_token"]}
    fresh = ann.client.post(REFRESH, json=old).json
    assert ann.client.post(REFRESH, json=old).status_code == 401
    assert ann.client.post(REFRESH, json={"refresh_token": fresh["refresh_token"]}).status_code == 401
    assert ann.call("GET", "/api/users/me").status_code == 401


def test_a_log_out_counts_at_once(ann: Caller) -> None:
    assert ann.call("DELETE", "/api/tokens").status_code == 204
    assert ann.call("GET", "/api/users/me").status_code == 401
    assert ann.client.post(REFRESH, json={"refresh_token": ann.tokens["refresh_token"]}).status_code == 401


def test_only_admins_list_users(app: Flask, ann: Caller, bob: Caller) -> None:
    assert ann.call("GET", "/api/users").status_code == 403
    done = app.test_cli_runner().invoke(args=["users", "grant", "ann@example.com"])
    assert done.output == "ann@example.com is in admin.\n"
    assert [user["email"] for user in ann.call("GET", "/api/users").json] == ["ann@example.com", "bob@example.com"]
    assert bob.call("GET", "/api/users").status_code == 403
    assert "sign up first" in app.test_cli_runner().invoke(args=["users", "grant", "eve@example.com"]).output
