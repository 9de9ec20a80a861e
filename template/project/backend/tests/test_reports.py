"""From the request over the outbox to the finished report."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.database import session
from app.jobs import outbox, tasks
from app.models import Message, now
from tests.conftest import Broker, Caller

REPORTS = "/api/reports"


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "STEP_S", 0)


def ask(caller: Caller, title: str = "People") -> dict[str, object]:
    answer = caller.call("POST", REPORTS, json={"title": title})
    assert answer.status_code == 202, answer.json
    return answer.json


def test_a_report_goes_from_queued_to_done(ann: Caller, broker: Broker) -> None:
    report = ask(ann)
    assert (report["state"], report["progress_percent"]) == ("queued", 0)
    [(task, arguments)] = broker.jobs
    assert (task, arguments) == ("app.jobs.tasks.write_report", [report["id"]])
    tasks.write_report(*arguments)
    found = ann.call("GET", f"{REPORTS}/{report['id']}").json
    assert (found["state"], found["progress_percent"]) == ("done", 100)
    assert found["text"] == "People: 1 people have an account."


def test_a_job_that_is_done_twice_changes_nothing(ann: Caller, bob: Caller, broker: Broker) -> None:
    report = ask(ann)
    tasks.write_report(report["id"])
    first = ann.call("GET", f"{REPORTS}/{report['id']}").json
    Caller(ann.client, "eve@example.com")
    tasks.write_report(report["id"])
    assert ann.call("GET", f"{REPORTS}/{report['id']}").json == first


def test_reports_are_their_owners(ann: Caller, bob: Caller, broker: Broker) -> None:
    report = ask(ann)
    assert bob.call("GET", REPORTS).json == []
    assert bob.call("GET", f"{REPORTS}/{report['id']}").status_code == 404
    assert [one["id"] for one in ann.call("GET", REPORTS).json] == [report["id"]]


@pytest.mark.parametrize("given", [{}, {"title": ""}, {"title": "x" * 201}, {"title": "x", "state": "done"}])
def test_a_report_that_is_not_described_well_is_refused(ann: Caller, broker: Broker, given: dict[str, str]) -> None:
    assert ann.call("POST", REPORTS, json=given).status_code == 422
    assert broker.jobs == []


def test_no_job_is_lost_while_the_broker_is_away(ann: Caller, broker: Broker) -> None:
    broker.away = True
    report = ask(ann)
    assert outbox.send_forgotten() == 0, "what is young is the request's own to send"
    long_ago(sent=False)
    assert outbox.send_forgotten() == 0
    broker.away = False
    tasks.relay()
    assert broker.jobs == [("app.jobs.tasks.write_report", [report["id"]])]
    assert outbox.send_forgotten() == 0, "it is sent once"


def test_what_was_sent_long_ago_is_forgotten(ann: Caller, broker: Broker) -> None:
    ask(ann)
    long_ago(sent=True)
    outbox.send_forgotten()
    with session() as opened:
        assert opened.scalars(select(Message)).all() == []


def long_ago(*, sent: bool) -> None:
    """Make all messages two days old."""
    then = now() - timedelta(days=2)
    with session() as opened:
        opened.execute(update(Message).values(created_at=then, **({"sent_at": then} if sent else {})))
