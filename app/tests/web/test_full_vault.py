"""A vault that is full says so where one stands, and what was typed is still there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import STRONG
from tests.visitor import Visitor
from tests.web.test_records import upload


@pytest.fixture
def anna(make_app: Callable[..., Flask]) -> Visitor:
    return Visitor(make_app(vault_records=1)).signed_up("anna", STRONG)


def test_a_new_record_is_refused_beside_the_form_and_nothing_typed_is_lost(anna: Visitor) -> None:
    anna.keep(title="First")
    answer = anna.post("/records/new", {"title": "Second", "notes": "typed with care"})
    assert answer.status_code == 409
    assert "Your vault is full: it has room for 1 records" in answer.text
    assert "typed with care" in answer.text


def test_an_import_is_refused_as_a_whole(anna: Visitor) -> None:
    answer = anna.post("/transfer/import", {"file": upload(b"title,password\na,x\nb,y\n")})
    assert answer.status_code == 409
    assert "Your vault is full" in answer.text
    assert "Nothing here yet" in anna.get("/records").text
