"""Login, sessions and what protects them (controls P-01 to P-12)."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from strongbox.accounts import passwords
from strongbox.exceptions import Refused
from strongbox.logs import JsonLines
from strongbox.services import Services
from tests.conftest import STRONG, Clock
from tests.visitor import Visitor


def test_an_account_can_be_opened_left_and_entered_again(visitor: Visitor) -> None:
    visitor.signed_up("anna", STRONG)
    assert visitor.is_logged_in()
    visitor.post("/logout")
    assert not visitor.is_logged_in()
    assert visitor.log_in("Anna", STRONG).location == "/records"
    assert visitor.is_logged_in()


def test_the_session_cookie_can_neither_be_read_by_scripts_nor_leave_https(visitor: Visitor) -> None:  # P-03
    answer = visitor.post("/sign-up", {"name": "anna", "password": STRONG})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert attribute in cookie
    assert "Domain" not in cookie


def test_a_login_gets_a_new_session_whatever_was_planted(app: Flask, anna: Visitor) -> None:  # P-04
    thief = Visitor(app)
    thief.get("/login")
    victim = Visitor(app)
    victim.set_cookie(thief.cookie())
    victim.log_in("anna", STRONG)
    assert victim.cookie() != thief.cookie()
    assert not thief.is_logged_in()


@pytest.mark.parametrize("ending", ["logout", "password", "disabled", "deleted"])
def test_a_copied_cookie_is_worth_nothing_after(  # P-04
    app: Flask, anna: Visitor, parts: Services, ending: str
) -> None:
    thief = Visitor(app)
    thief.set_cookie(anna.cookie())
    assert thief.is_logged_in()
    if ending == "logout":
        anna.post("/logout")
    elif ending == "password":
        anna.post("/account/password", {"password": STRONG, "new_password": "another river under ten moons"})
        assert anna.is_logged_in()
    elif ending == "disabled":
        parts.directory.disable("anna")
    else:
        anna.post("/account/delete", {"password": STRONG})
    assert not thief.is_logged_in()


def test_a_session_of_a_disabled_account_lets_nobody_in_even_if_it_began_later(anna: Visitor, parts: Services) -> None:
    account = parts.directory.disable("anna")
    assert parts.sessions.find(parts.sessions.start(account.id)) is None
    parts.directory.enable("anna")
    assert parts.sessions.find(parts.sessions.start(account.id)) is not None


def test_an_idle_session_ends(anna: Visitor, clock: Clock) -> None:  # P-05
    clock.forward(timedelta(minutes=29))
    assert anna.is_logged_in()
    clock.forward(timedelta(minutes=29))
    assert anna.is_logged_in()
    clock.forward(timedelta(minutes=31))
    assert not anna.is_logged_in()


def test_a_session_in_use_ends_after_twelve_hours(anna: Visitor, clock: Clock) -> None:  # P-05
    for _ in range(35):
        clock.forward(timedelta(minutes=20))
        assert anna.is_logged_in()
    clock.forward(timedelta(minutes=21))
    assert not anna.is_logged_in()


def test_a_clock_that_jumps_back_a_day_lets_nobody_in_longer(anna: Visitor, clock: Clock) -> None:  # Z-32
    clock.forward(timedelta(days=-1))
    assert anna.is_logged_in()
    clock.forward(timedelta(days=1, minutes=31))
    assert not anna.is_logged_in()


def test_the_sixth_wrong_password_is_not_even_tried(app: Flask, anna: Visitor) -> None:  # P-07
    attacker = Visitor(app, "198.51.100.9")
    assert [attacker.log_in("anna", "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    assert attacker.log_in("anna", STRONG).status_code == 429


def test_the_owner_still_gets_in_from_elsewhere_while_an_attacker_is_held(app: Flask, anna: Visitor) -> None:  # P-07
    attacker = Visitor(app, "198.51.100.9")
    for _ in range(6):
        attacker.log_in("anna", "wrong")
    assert Visitor(app, "192.0.2.1").log_in("anna", STRONG).status_code == 302


def test_one_address_can_not_try_many_names(app: Flask) -> None:
    attacker = Visitor(app, "198.51.100.9")
    answers = [attacker.log_in(f"name{number}", "wrong").status_code for number in range(31)]
    assert answers == [401] * 30 + [429]


def test_attempts_are_counted_for_all_workers_together(make_app: Callable[..., Flask]) -> None:
    workers = [Visitor(make_app(), "198.51.100.9") for _ in range(2)]
    answers = [workers[number % 2].log_in("anna", "wrong").status_code for number in range(6)]
    assert answers == [401] * 5 + [429]


def test_a_forged_forwarding_header_does_not_help(app: Flask) -> None:  # T-11
    """The proxy appends the real address: only the last one counts."""
    answers = []
    for number in range(6):
        attacker = Visitor(app, f"10.0.0.{number}, 198.51.100.9")
        answers.append(attacker.log_in("anna", "wrong").status_code)
    assert answers == [401] * 5 + [429]


def test_the_counters_are_shared_by_a_whole_ipv6_network(app: Flask) -> None:
    answers = [Visitor(app, f"2001:db8::{number}").log_in("anna", "wrong").status_code for number in range(1, 7)]
    assert answers == [401] * 5 + [429]


def test_an_unknown_name_and_a_wrong_password_look_the_same(app: Flask, anna: Visitor) -> None:  # P-08
    known = Visitor(app, "192.0.2.1").log_in("anna", "wrong")
    unknown = Visitor(app, "192.0.2.2").log_in("anno", "wrong")
    assert known.status_code == unknown.status_code == 401
    assert strip(known.text, "anna") == strip(unknown.text, "anno")


@pytest.mark.parametrize("pairs", [10, pytest.param(200, marks=pytest.mark.long)])
def test_an_unknown_name_takes_as_long_as_a_wrong_password(
    parts: Services, anna: Visitor, real_hashing: None, pairs: int
) -> None:  # P-08
    """Medians of the processor's time, one of each in turn. A busy machine gets more chances; a leak fails them all."""
    parts.directory.change_password(parts.directory.named("anna").id, STRONG, STRONG + "!")
    apart = []
    while len(apart) < 5:
        times = [(cost_of_refusing(parts, "anna"), cost_of_refusing(parts, "nobody")) for _ in range(pairs)]
        known, unknown = map(statistics.median, zip(*times, strict=True))
        apart.append(abs(unknown / known - 1))
        if apart[-1] < 0.1:
            print(f"{pairs} tries of each name: {apart[-1]:.1%} apart")
            return
    pytest.fail(f"an unknown name is told by the time: {[f'{share:.0%}' for share in apart]} apart")


def cost_of_refusing(parts: Services, name: str) -> float:
    began = time.process_time()
    with pytest.raises(Refused, match="The name or the password is wrong"):
        parts.directory.authenticate(name, "wrong")
    return time.process_time() - began


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test/",
        "/\t/evil.test",
        "javascript:alert(1)",
        "records",
        "https:evil.test",
    ],
)
def test_after_a_login_nobody_is_sent_elsewhere(anna: Visitor, elsewhere: str) -> None:  # P-10
    anna.post("/logout")
    token = anna.token()
    answer = anna.send(
        "/login", {"name": "anna", "password": STRONG, "csrf_token": token}, query_string={"next": elsewhere}
    )
    assert answer.location == "/records"


def test_after_a_login_one_gets_where_one_wanted_to_go(anna: Visitor) -> None:
    anna.post("/logout")
    wanted = anna.get("/records?q=bank").location
    assert wanted == "/login?next=/records?q%3Dbank"
    assert anna.log_in("anna", STRONG, wanted).location == "/records?q=bank"


@pytest.mark.parametrize(
    ("name", "password", "problem"),
    [
        ("anna", "fourteen chars", "between 15 and 128 characters"),
        ("anna", "password1234567", "too easy to guess"),
        ("annabella", "annabella-annabella", "too easy to guess"),
        ("a b", STRONG, "not of the right form"),
        ("anna", "x" * 200, "from 1 to 128 characters"),
        ("anna", "", "from 1 to 128 characters"),
    ],
)
def test_a_weak_password_or_a_bad_name_is_refused_beside_its_field(
    visitor: Visitor, name: str, password: str, problem: str
) -> None:  # P-02
    answer = visitor.post("/sign-up", {"name": name, "password": password})
    assert answer.status_code == 422
    assert problem in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_long_password_counts_to_its_last_character(app: Flask, visitor: Visitor) -> None:  # P-02
    visitor.signed_up("anna", "quiet river " * 10)
    assert Visitor(app).log_in("anna", "quiet river " * 9 + "quiet RIVER ").status_code == 401


def test_a_name_is_taken_once_whatever_its_case(app: Flask, anna: Visitor, parts: Services) -> None:
    answer = Visitor(app).post("/sign-up", {"name": "ANNA", "password": STRONG})
    assert answer.status_code == 409
    assert "This name is taken" in answer.text
    assert len(list(parts.settings.data_dir.glob("users/??/*"))) == 1


def test_sign_up_can_be_closed(make_app: Callable[..., Flask]) -> None:
    stranger = Visitor(make_app(sign_up_open=False))
    assert stranger.get("/sign-up").status_code == 403
    answer = stranger.post("/sign-up", {"name": "anna", "password": STRONG})
    assert answer.status_code == 403
    assert "Sign up" not in stranger.get("/login").text


def test_session_cookies_stay_good_when_the_secret_key_is_replaced(
    make_app: Callable[..., Flask], anna: Visitor, parts: Services
) -> None:  # P-11
    from strongbox.secret import Secret

    newer = make_app(secret_keys=(Secret(b"n" * 32), *parts.settings.secret_keys))
    visitor = Visitor(newer)
    visitor.set_cookie(anna.cookie())
    assert visitor.is_logged_in()
    without = Visitor(make_app(secret_keys=(Secret(b"n" * 32),)))
    without.set_cookie(anna.cookie())
    assert not without.is_logged_in()


def test_a_session_id_of_the_wrong_type_lets_nobody_in(app: Flask, visitor: Visitor) -> None:
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    visitor.set_cookie(signer.dumps({"id": ["a", "list"]}))
    assert not visitor.is_logged_in()


def test_a_weak_old_hash_is_replaced_at_login(
    app: Flask, anna: Visitor, parts: Services, monkeypatch: pytest.MonkeyPatch
) -> None:  # P-01
    monkeypatch.setattr(passwords, "HASHER", passwords.PasswordHasher(memory_cost=16, time_cost=1, parallelism=1))
    assert Visitor(app).log_in("anna", STRONG).status_code == 302
    stored = (parts.settings.data_dir / "accounts.db").read_bytes()
    assert b"$argon2id$v=19$m=16,t=1,p=1$" in stored


def test_events_are_logged_by_account_id_without_names_or_addresses(
    app: Flask, anna: Visitor, caplog: pytest.LogCaptureFixture
) -> None:  # P-12
    Visitor(app).log_in("anna", "wrong-canary")
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    refused = next(line for line in lines if line["event"] == "login.refused")
    assert set(refused) == {"time", "level", "event"}
    assert "anna" not in json.dumps(lines)
    assert "203.0.113" not in json.dumps(lines)
    assert "canary" not in json.dumps(lines)


def strip(text: str, name: str) -> str:
    import re

    return re.sub(r'value="[^"]{60,}"', "", text.replace(name, "NAME"))
