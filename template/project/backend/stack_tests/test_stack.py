"""What people do, asked of the running stack from outside: it knows addresses and answers, and nothing of the code."""

from __future__ import annotations

import time

import httpx

from stack_tests.conftest import PATIENCE_S, Person


def test_a_person_asks_for_a_report_and_gets_it(api: httpx.Client, person: Person) -> None:
    asked = api.post("reports", json={"title": "People"})
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    deadline = time.monotonic() + PATIENCE_S
    while (report := api.get(f"reports/{asked.json()['id']}").json())["state"] != "done":
        assert time.monotonic() < deadline, report
        time.sleep(0.2)
    assert report["text"].startswith("People: ")
    assert [one["id"] for one in api.get("reports").json()] == [report["id"]]


def test_a_login_lasts_by_its_refresh_token_and_ends_by_the_log_out(api: httpx.Client, person: Person) -> None:
    person.take(api.post("tokens/refresh", json={"refresh_token": person.refresh_token}))
    assert api.get("users/me").json()["email"] == person.email
    assert api.delete("tokens").status_code == 204
    assert api.get("users/me").status_code == 401
    assert api.post("tokens/refresh", json={"refresh_token": person.refresh_token}).status_code == 401


def test_a_person_sees_neither_others_nor_their_reports(url: str, api: httpx.Client, person: Person) -> None:
    mine = api.post("reports", json={"title": "Mine"}).json()["id"]
    with httpx.Client(base_url=f"{url}/api/", timeout=PATIENCE_S) as another:
        Person(another)
        assert another.get(f"reports/{mine}").status_code == 404
        assert another.get("users").status_code == 403


def test_bad_input_is_refused_with_its_field(api: httpx.Client) -> None:
    answer = api.post("users", json={"email": "nobody", "password": "short"})
    assert answer.status_code == 422
    assert answer.json()["errors"]["json"].keys() == {"email", "password"}


def test_it_documents_itself(api: httpx.Client) -> None:
    assert "/api/reports" in api.get("openapi.json").json()["paths"]
    assert api.get("docs/").status_code == 200
