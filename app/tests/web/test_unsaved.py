"""Whoever is logged out while typing finds the text again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.api.conftest import Program
from tests.conftest import STRONG, Clock
from tests.visitor import Visitor
from tests.web.test_records import FormReader

TYPED = {
    "title": "Bank <b>",
    "username": "anna",
    "secret": "-----BEGIN\n  AAAA\n-----END\n",
    "url": "https://x.example",
    "notes": 'first "quoted"\n\nlast',
    "otp": "jbsw y3dp",
    "tags": "one, two",
}


def as_sent(form: dict[str, str]) -> dict[str, str]:
    return {name: text.replace("\r\n", "\n").replace("\n", "\r\n") for name, text in form.items()}


def what_was_typed(page: str, prefix: str = "") -> dict[str, str]:
    values = FormReader(page).values
    return {name: values[prefix + name].replace("\r\n", "\n") for name in TYPED}


@pytest.mark.parametrize("loss", ["idle", "cookie"])
def test_a_form_survives_a_session_that_is_over(
    app: Flask, anna: Visitor, program: Program, clock: Clock, loss: str
) -> None:
    token = anna.token()
    if loss == "idle":
        clock.forward(timedelta(minutes=31))
    else:
        anna = Visitor(app)
    answer = anna.send("/records/new", as_sent({**TYPED, "revision": "0", "csrf_token": token}))
    assert answer.status_code == 401
    assert "what you typed is in its form again" in answer.text
    carried = FormReader(answer.text).values
    wrong = anna.send("/login?next=/records/new", as_sent({**carried, "name": "anna", "password": "wrong"}))
    assert wrong.status_code == 401
    carried = FormReader(wrong.text).values
    page = anna.send("/login?next=/records/new", as_sent({**carried, "name": "anna", "password": STRONG}))
    assert page.status_code == 200
    assert what_was_typed(page.text) == TYPED
    assert 'action="/records/new"' in page.text
    assert 'class="error"' not in page.text
    assert '<a href="/records" aria-current="page">' in page.text
    saved = anna.send("/records/new", as_sent(FormReader(page.text).values))
    assert saved.status_code == 302
    program.log_in("anna")
    (found,) = program.call("GET", "/records").json["items"]
    kept = program.call("GET", f"/records/{found['id']}").json
    assert {name: kept[name] for name in TYPED} == {**TYPED, "otp": "JBSWY3DP", "tags": ["one", "two"]}


def test_a_change_survives_too_and_still_does_not_overwrite_another_one(anna: Visitor, clock: Clock) -> None:
    record = anna.keep(title="Bank")
    token = anna.token()
    clock.forward(timedelta(minutes=31))
    path = f"/records/{record}/edit"
    answer = anna.send(path, as_sent({**TYPED, "revision": "1", "csrf_token": token}))
    carried = FormReader(answer.text).values
    page = anna.send(f"/login?next={path}", as_sent({**carried, "name": "anna", "password": STRONG})).text
    assert f'action="{path}"' in page
    anna.post(path, {"title": "Other", "revision": "1"})
    assert anna.send(path, as_sent(FormReader(page).values)).status_code == 409


def test_a_form_from_before_another_login_is_shown_again(anna: Visitor) -> None:
    answer = anna.send("/records/new", as_sent({**TYPED, "csrf_token": "old"}))
    assert answer.status_code == 403
    assert what_was_typed(answer.text) == TYPED
    assert "0 records" not in anna.get("/records").text
    assert "Nothing here yet" in anna.get("/records").text


def test_text_that_belongs_to_no_form_is_not_shown_elsewhere(anna: Visitor) -> None:
    anna.post("/logout")
    form = {"name": "anna", "password": STRONG, "unsaved-title": "x"}
    for target in ("/account", "/records", "/logout", "/nowhere", "https://evil.test/records/new"):
        answer = anna.post(f"/login?next={target}", form)
        assert answer.status_code == 302, target
        anna.post("/logout")


def test_the_longest_record_survives_too(anna: Visitor, clock: Clock) -> None:
    longest = {**TYPED, "secret": "\N{KEY}" * 5_000, "notes": "\N{KEY}" * 20_000}
    token = anna.token()
    clock.forward(timedelta(minutes=31))
    answer = anna.send("/records/new", as_sent({**longest, "csrf_token": token}))
    carried = FormReader(answer.text).values
    page = anna.send("/login?next=/records/new", as_sent({**carried, "name": "anna", "password": STRONG}))
    assert page.status_code == 200
    assert what_was_typed(page.text) == longest
