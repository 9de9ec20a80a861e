"""Tokens: rotation, revocation, and what is not one."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from flask import Flask

from strongbox.services import Services
from tests.api.conftest import Program
from tests.conftest import Clock


def test_an_access_token_lets_in_until_it_is_out_of_date(program: Program, clock: Clock) -> None:
    assert program.call("GET", "/records").status_code == 200
    clock.forward(timedelta(minutes=11))
    answer = program.call("GET", "/records")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_refresh_token_is_good_for_one_exchange(program: Program, clock: Clock) -> None:
    clock.forward(timedelta(minutes=11))
    old = dict(program.tokens)
    answer = program.call("POST", "/tokens/refresh", {"refresh_token": old["refresh_token"]})
    assert answer.status_code == 200
    program.tokens = answer.json
    assert program.call("GET", "/records").status_code == 200


def test_a_refresh_token_used_twice_ends_the_session_for_both_holders(program: Program) -> None:
    stolen = program.tokens["refresh_token"]
    program.tokens = program.call("POST", "/tokens/refresh", {"refresh_token": stolen}).json
    assert program.call("POST", "/tokens/refresh", {"refresh_token": stolen}).status_code == 401
    assert program.call("GET", "/records").status_code == 401
    again = program.call("POST", "/tokens/refresh", {"refresh_token": program.tokens["refresh_token"]})
    assert again.status_code == 401


def test_after_a_logout_both_tokens_are_worth_nothing(program: Program) -> None:
    assert program.call("DELETE", "/tokens").status_code == 204
    assert program.call("GET", "/records").status_code == 401
    refresh = program.call("POST", "/tokens/refresh", {"refresh_token": program.tokens["refresh_token"]})
    assert refresh.status_code == 401


def test_a_disabled_account_is_out_at_once(program: Program, parts: Services) -> None:
    parts.directory.disable("anna")
    assert program.call("GET", "/records").status_code == 401
    assert program.log_in("anna").status_code == 401
    parts.directory.enable("anna")
    assert program.log_in("anna").status_code == 201


@pytest.mark.parametrize("kind", ["refresh", "unsigned", "forged", "nonsense", "none", "binary"])
def test_what_is_no_access_token_lets_nobody_in(program: Program, app: Flask, kind: str) -> None:
    claims = jwt.decode(program.tokens["access_token"], options={"verify_signature": False})
    token = {
        "refresh": program.tokens["refresh_token"],
        "unsigned": jwt.encode(claims, None, "none"),
        "forged": jwt.encode(claims, "k" * 32, "HS256"),
        "nonsense": "a.b.c",
        "none": "",
        "binary": "\x00\xff",
    }[kind]
    headers = {"Authorization": f"Bearer {token}"}
    assert program.client.get("/api/v1/records", headers=headers).status_code == 401


def test_an_access_token_can_not_be_refreshed(program: Program) -> None:
    answer = program.call("POST", "/tokens/refresh", {"refresh_token": program.tokens["access_token"]})
    assert answer.status_code == 401


def test_wrong_passwords_are_counted_together_with_those_of_the_login_page(program: Program) -> None:
    answers = [program.log_in("anna", "wrong").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_a_browsers_cookie_is_no_way_into_the_api(app: Flask) -> None:
    from tests.conftest import STRONG
    from tests.visitor import Visitor

    visitor = Visitor(app).signed_up("carl", STRONG)
    assert visitor.get("/api/v1/records").status_code == 401
