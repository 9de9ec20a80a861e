"""One person, one passphrase, no account (R2.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import STRONG
from tests.visitor import TOKEN


@pytest.fixture
def own(make_app: Callable[..., Flask]) -> FlaskClient:
    return make_app(mode="private", proxy_hops=0).test_client()


def post(client: FlaskClient, path: str, **form: str) -> int:
    found = TOKEN.search(client.get("/login", follow_redirects=True).text)
    assert found
    return client.post(path, data={"csrf_token": found.group(1), **form}).status_code


def test_the_first_visit_chooses_a_passphrase_and_the_next_one_asks_for_it(own: FlaskClient) -> None:
    assert own.get("/login").location == "/sign-up"
    assert 'name="name"' not in own.get("/sign-up").text
    assert post(own, "/sign-up", password=STRONG) == 302
    assert post(own, "/logout") == 302
    assert "Unlock your records" in own.get("/login").text
    assert own.get("/sign-up").status_code == 403
    assert post(own, "/login", password="wrong") == 401
    assert post(own, "/login", password=STRONG) == 302
    assert own.get("/records").status_code == 200


def test_the_page_promises_no_more_than_the_passphrase_does(own: FlaskClient) -> None:
    page = own.get("/sign-up").text
    assert "keeps out those who sit down at this machine" in page
    assert "encrypted with a key that is on its disk" in page
