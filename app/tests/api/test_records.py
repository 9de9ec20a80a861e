"""Records over the API."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask import Flask

from tests.api.conftest import Program
from tests.conftest import STRONG
from tests.visitor import Visitor

RECORD = {"title": "Bank", "username": "anna", "secret": "s", "url": "", "notes": "", "otp": "", "tags": ["a"]}


def test_a_record_is_added_read_changed_listed_and_deleted(program: Program) -> None:
    added = program.call("POST", "/records", RECORD)
    assert added.status_code == 201
    path = f"/records/{added.json['id']}"
    assert {**program.call("GET", path).json, **RECORD} == added.json
    changed = program.call("PUT", path, {**RECORD, "secret": "new", "revision": 1}).json
    assert (changed["secret"], changed["revision"]) == ("new", 2)
    assert [revision["secret"] for revision in program.call("GET", f"{path}/history").json] == ["s"]
    listed = program.call("GET", "/records?q=ban").json
    assert (listed["total"], listed["pages"]) == (1, 1)
    assert set(listed["items"][0]) == {"id", "title", "username", "url", "tags", "updated_at"}
    assert program.call("DELETE", path).status_code == 204
    assert program.call("GET", path).status_code == 404


def test_a_change_on_top_of_one_that_was_not_read_is_refused(program: Program) -> None:
    path = f"/records/{program.call('POST', '/records', RECORD).json['id']}"
    assert program.call("PUT", path, {**RECORD, "secret": "first", "revision": 1}).status_code == 200
    answer = program.call("PUT", path, {**RECORD, "secret": "second", "revision": 1})
    assert answer.status_code == 409
    assert "changed in the meantime" in answer.json["message"]
    assert program.call("GET", path).json["secret"] == "first"


@pytest.mark.parametrize("revision", [None, 0, "1", True, 1.5])
def test_a_change_names_the_revision_that_it_replaces(program: Program, revision: object) -> None:
    path = f"/records/{program.call('POST', '/records', RECORD).json['id']}"
    answer = program.call("PUT", path, RECORD if revision is None else {**RECORD, "revision": revision})
    assert answer.status_code == 422
    assert list(answer.json["errors"]["json"]) == ["revision"]


def test_a_full_vault_is_said_to_programs_too(make_app: Callable[..., Flask]) -> None:
    app = make_app(vault_records=1)
    Visitor(app).signed_up("anna", STRONG)
    program = Program(app)
    program.log_in("anna")
    assert [program.call("POST", "/records", RECORD).status_code for _ in range(2)] == [201, 409]


def test_nobody_elses_record_can_be_named(program: Program, other: Program) -> None:  # P-09
    path = f"/records/{program.call('POST', '/records', RECORD).json['id']}"
    answers = {
        (method, more): other.call(
            method, path + more, {**RECORD, "revision": 1} if method == "PUT" else None
        ).status_code
        for method, more in [("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/history")]
    }
    assert set(answers.values()) == {404}
    assert other.call("GET", "/records").json["total"] == 0
    assert program.call("GET", path).status_code == 200


@pytest.mark.parametrize("query", ["serach=ban", "=ban", "q=a&q2=b"])
def test_a_misspelt_search_is_refused_not_skipped(program: Program, query: str) -> None:
    assert program.call("GET", f"/records?{query}").status_code == 422


def test_without_a_token_nothing_is_answered(program: Program) -> None:
    calls = [("GET", ""), ("POST", ""), *((method, f"/{uuid.uuid4()}") for method in ("GET", "PUT", "DELETE"))]
    for method, more in calls:
        answer = program.call(method, f"/records{more}", RECORD if method in {"PUT", "POST"} else None, token="")
        assert answer.status_code == 401, (method, more)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({}, "title"),
        ({"title": 5}, "title"),
        ({"title": None}, "title"),
        ({"title": "x", "colour": "red"}, "colour"),
        ({"title": "x", "tags": "a"}, "tags"),
        ({"title": "x", "tags": [1]}, "tags"),
        ({"title": "\ud800"}, "title"),
        ({"title": "\x00"}, "title"),
    ],
)
def test_a_wrong_field_is_named(program: Program, content: dict[str, object], field: str) -> None:
    answer = program.call("POST", "/records", content)
    assert answer.status_code == 422
    assert list(answer.json["errors"]["json"]) == [field]


def test_a_seed_that_ends_in_a_newline_is_refused(program: Program) -> None:
    """It was kept, and its record's page failed ever after."""
    answer = program.call("POST", "/records", {"title": "Bank", "otp": "JBSWY3DPEHPK3PXP\n"})
    assert answer.status_code == 422
    assert list(answer.json["errors"]["json"]) == ["otp"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"title": "\xff"}', "application/json", 400),
        (b"title=x", "application/x-www-form-urlencoded", 415),
        (b"[]", "application/json", 422),
        (b"x" * 10_000_000, "application/json", 413),
    ],
)
def test_a_body_that_is_no_json_is_a_clear_error(program: Program, body: bytes, kind: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {program.tokens['access_token']}", "Content-Type": kind}
    answer = program.client.post("/api/v1/records", data=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json["code"] == status


def test_no_other_site_may_read_the_answers_unless_listed(app: Flask, make_app: object) -> None:
    ask = {"Origin": "https://friend.test"}
    assert "Access-Control-Allow-Origin" not in app.test_client().get("/api/v1/openapi.json", headers=ask).headers
    listed = make_app(cors_origins=("https://friend.test",)).test_client()
    answer = listed.options("/api/v1/records", headers=ask)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://friend.test"
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    stranger = listed.get("/api/v1/openapi.json", headers={"Origin": "https://evil.test"})
    assert "Access-Control-Allow-Origin" not in stranger.headers
    assert "Access-Control-Allow-Origin" not in listed.get("/login", headers=ask).headers
