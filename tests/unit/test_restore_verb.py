"""What `slipway restore` chooses, says and asks before anything is touched."""

from __future__ import annotations

from calendar import timegm
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError, UnknownError
from slipway import restore as verb
from slipway.environment import Environment
from slipway.playbook import Asked, Run
from slipway.restore import Wanted

PRODUCTION = Environment("production", ())


def made(day: int, hour: int = 12) -> dict[str, object]:
    """Return a copy of a day in November 2026; its id is that number."""
    return {"id": f"{day:02}{hour:02}" + "0" * 60, "time": timegm((2026, 11, day, hour, 0, 0)), "tags": {"app": "shop"}}


COPIES = [made(27), made(26), made(25, 23), made(25, 1)]


@pytest.mark.parametrize(
    ("wanted", "copy"),
    [
        (Wanted("shop"), "2712"),
        (Wanted("shop", at="2026-11-26 12:00"), "2612"),
        (Wanted("shop", at="2026-11-26T11:59:59"), "2523"),
        (Wanted("shop", at="2026-11-25"), "2523"),
        (Wanted("shop", copy="2501"), "2501"),
    ],
)
def test_the_newest_copy_that_is_not_younger_is_chosen(wanted: Wanted, copy: str) -> None:
    assert str(verb.chosen(COPIES, wanted)["id"])[:4] == copy


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        (Wanted("shop", at="2026-11-24"), "shop has no copy from before; the oldest is of 2026-11-25 01:00:00 UTC"),
        (Wanted("shop", at="2026-13-01"), "it is not a moment"),
        (Wanted("shop", copy="25"), "2 copies of shop begin with it"),
        (Wanted("shop", copy="ff"), "no copies of shop begin with it"),
    ],
)
def test_what_is_not_there_is_refused(wanted: Wanted, what: str) -> None:
    with pytest.raises(RefusalError, match=what):
        verb.chosen(COPIES, wanted)


class Hosts:
    """Hosts with copies; `runs` are the playbooks that were run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **hosts: list[dict[str, object]]) -> None:
        self.hosts, self.problems, self.runs = hosts, dict[str, str](), list[Run]()
        monkeypatch.setattr(verb, "ask", self.ask)

    def ask(self, run: Run) -> Asked:
        """Answer a playbook."""
        self.runs.append(run)
        told: dict[str, Any] = {host: {"copies": copies, "apps": [], "last": {}} for host, copies in self.hosts.items()}
        if list(run.verbs) == ["restore"]:
            told = {"web1": {"said": ["the data is that of then\x1b[2J"]}}
        return Asked(tuple(told), self.problems, ({"hosts": told},))


def test_what_is_lost_is_said_and_what_was_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts = Hosts(monkeypatch, web1=COPIES, web2=[])
    assert verb.restore(PRODUCTION, Wanted("shop"), lambda app: app == "shop") == 0
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("shop on web1 gets the data of 2026-11-27 12:00:00 UTC (")
    assert second.startswith("What was written from then until now, 2")
    assert last == "web1: the data is that of then\\x1b[2J"
    assert [(list(run.verbs), list(run.options)) for run in hosts.runs] == [
        (["backups"], []),
        (["restore"], ["--limit", "web1"]),
    ]
    assert hosts.runs[1].variables == {"app_only": "shop", "backup_copy": COPIES[0]["id"]}


def test_who_does_not_confirm_touches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = Hosts(monkeypatch, web1=COPIES)
    with pytest.raises(RefusalError, match="was not confirmed; nothing was touched"):
        verb.restore(PRODUCTION, Wanted("shop"), lambda _: False)
    assert [list(run.verbs) for run in hosts.runs] == [["backups"]]


def test_nobody_guesses_which_host(monkeypatch: pytest.MonkeyPatch) -> None:
    Hosts(monkeypatch, web1=COPIES, web2=COPIES)
    with pytest.raises(RefusalError, match="several hosts have copies of shop: web1, web2"):
        verb.restore(PRODUCTION, Wanted("shop"), lambda _: True)


def test_a_store_that_does_not_answer_is_no_empty_store(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = Hosts(monkeypatch)
    hosts.problems = {"web1": "restic snapshots ended with code 1"}
    with pytest.raises(UnknownError, match="no store could be asked"):
        verb.restore(PRODUCTION, Wanted("shop"), lambda _: True)
