"""What a stranger may send, and what it may cost: refused early, with the reason, and without a traceback."""

from __future__ import annotations

import io
import json
import math
import time

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from strongbox import bodies
from strongbox.limits import limiter
from strongbox.services import Services
from tests.conftest import REAL_HASHER, STRONG
from tests.visitor import Visitor

DEEP = b"[" * 8_000
LONG_NUMBER = b'{"length":' + b"9" * 5_000 + b"}"
OPEN_API = ["/api/v1/passwords", "/api/v1/passphrases", "/api/v1/tokens", "/api/v1/tokens/refresh", "/api/v1/records"]
OPEN_PAGES = ["/", "/login", "/sign-up", "/records/new", "/transfer/import"]


@pytest.mark.parametrize("path", OPEN_API)
@pytest.mark.parametrize("body", [DEEP, LONG_NUMBER, b'{"a":' * 500, b"{", b"\xff"], ids=lambda body: str(body[:6]))
def test_json_that_python_can_not_hold_is_no_json(app: Flask, path: str, body: bytes) -> None:
    answer = app.test_client().post(path, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["message"] == "The body is not JSON that can be read."


def test_nesting_that_can_be_read_is_refused_by_the_schema(app: Flask) -> None:
    answer = app.test_client().post("/api/v1/passwords", data='{"length":' + "[" * 50 + "]" * 50 + "}", **AS_JSON)
    assert answer.status_code == 422


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "text/json", ""])
def test_a_body_that_does_not_say_that_it_is_json_is_not_passed_over(app: Flask, kind: str) -> None:
    """What `curl -d` sends got a password of 20 characters, whatever it asked for."""
    answer = app.test_client().post("/api/v1/passwords", data='{"length":40}', content_type=kind)
    assert answer.status_code == 415
    assert "application/json" in answer.json["message"]


def test_no_body_at_all_asks_for_the_usual_password(app: Flask) -> None:
    assert len(app.test_client().post("/api/v1/passwords").json["password"]) == 20


def test_broken_json_does_not_switch_the_shared_counters_off(app: Flask, visitor: Visitor) -> None:
    app.test_client().post("/api/v1/tokens", data=DEEP, content_type="application/json")
    assert not limiter._storage_dead


@pytest.mark.parametrize("field", ["length", "digits"])
def test_a_number_of_thousands_of_digits_in_a_form_is_said_beside_its_field(visitor: Visitor, field: str) -> None:
    answer = visitor.post("/", {field: "9" * 5_000})
    assert answer.status_code == 422
    assert "must be a whole number" in answer.text


@pytest.mark.parametrize(
    ("path", "largest"),
    [
        ("/sign-up", bodies.SMALL),
        ("/login", bodies.OF_A_RECORD),
        ("/records/new", bodies.OF_A_RECORD),
        ("/transfer/import", bodies.OF_A_FILE),
    ],
)
def test_what_is_too_large_gets_a_page_and_is_taken_in_first(app: Flask, path: str, largest: int) -> None:
    sent = io.BytesIO(b"x" * (largest + 1))
    answer = app.test_client().post(
        path, input_stream=sent, content_length=largest + 1, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 413
    assert f"At most {largest // 1024} KiB" in answer.text
    assert sent.read() == b""


def test_no_more_is_taken_in_than_there_is_a_limit_in_front(app: Flask, parts: Services) -> None:
    largest = bodies.of_a_copy(parts.settings)
    sent = io.BytesIO(b"x" * (largest + bodies.KIB))
    app.test_client().post("/login", input_stream=sent, content_length=largest + bodies.KIB)
    assert len(sent.read()) == bodies.KIB


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_a_form_of_many_fields_is_not_even_taken_apart(app: Flask, path: str) -> None:
    data = b"&".join([b"a=b"] * (bodies.MAX_FORM_PARTS + 1))
    answer = app.test_client().post(path, data=data, content_type=bodies.URL_ENCODED)
    assert answer.status_code == 413
    assert "in 50 fields" in answer.text


WORST_PASSWORD = ('"@4(8[{<69#1!|7$50+%2"' * 6)[:128]
ODD = st.text(max_size=128)
SHARE = 0.5
"""Of the real hash, which the tests leave out: 46 MiB of Argon2id, some 50 ms of the same processor."""

AS_JSON = {"content_type": "application/json"}
BODIES = st.one_of(
    st.fixed_dictionaries({"name": ODD, "password": ODD}),
    st.dictionaries(st.text(max_size=8), st.integers(), max_size=1_000),
    st.recursive(st.integers(), lambda inner: st.lists(inner, max_size=8), max_leaves=1_000),
)


def cheapest(work: object) -> float:
    """The processor's seconds; the least of some tries, because a busy machine and its garbage only ever add."""
    least = math.inf
    for _ in range(4):
        began = time.process_time()
        work()  # type: ignore[operator]
        least = min(least, time.process_time() - began)
    return least


def test_no_request_of_a_stranger_costs_as_much_as_the_hash_of_a_password(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", False)
    visitor = Visitor(app).signed_up("taken", STRONG)
    visitor.post("/logout")
    token = visitor.token()
    allowed = SHARE * cheapest(lambda: REAL_HASHER.hash(STRONG))

    @given(BODIES)
    @example({"name": "taken", "password": WORST_PASSWORD})
    @example({"name": "free", "password": WORST_PASSWORD})
    @example({str(number): number for number in range(1_300)})
    @example(json.loads("[" * 900 + "]" * 900))
    @examples(max_examples=15, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def check(body: object) -> None:
        text = json.dumps(body)
        for path in OPEN_API:
            cost = cheapest(lambda path=path: visitor.client.post(path, data=text, **AS_JSON))
            assert cost < allowed, f"{path} took {cost / allowed:.1f} of what it may"
        form = body if isinstance(body, dict) and len(body) < bodies.MAX_FORM_PARTS else {}
        for path in OPEN_PAGES:
            cost = cheapest(lambda path=path: visitor.send(path, {**form, "csrf_token": token}))
            assert cost < allowed, f"{path} took {cost / allowed:.1f} of what it may"

    check()
