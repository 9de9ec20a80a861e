"""What `slipway backup` and `slipway backups` print of what the hosts said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway import backups as verb
from slipway.environment import Environment
from slipway.playbook import Asked, Run

DAY_S = 86400
NOW = 1_800_000_000.0


def copy(app: str, made: float, size: int = 60 * 2**20) -> dict[str, object]:
    """Return a copy as module `copies` describes it."""
    return {
        "id": f"{int(made):064x}"[::-1],
        "time": made,
        "bytes": size,
        "path": "/m",
        "tags": {"app": app, "release": "r1"},
    }


def told(*copies: dict[str, object], **last: object) -> dict[str, object]:
    """Return what the module answers; the newest copy is first."""
    return {"copies": list(copies), "apps": ["shop", "strongbox"], "last": last}


def test_the_table_has_each_app_and_the_last_run() -> None:
    lines = verb.table(told(copy("shop", NOW - DAY_S), ok=True, at=NOW - 60, seconds=2.5), "", NOW)
    assert [line.split() for line in lines[:2]] == [
        list(verb.HEADER),
        [lines[1].split()[0], "shop", "2027-01-14", "08:00:00", "UTC", "1", "d", "60.0", "MiB", "r1", "-"],
    ]
    assert lines[2:] == [
        "  strongbox: no copy yet",
        "  last run 1 min ago: good, 2.5 s",
        "  no drill yet",
        "  no check yet",
    ]


def test_a_copy_that_passed_its_drill_is_marked() -> None:
    answer = told(copy("shop", NOW), copy("shop", NOW - 1)) | {
        "drill": {"ok": False, "at": NOW - 60, "said": "bad", "proved": {copy("shop", NOW - 1)["id"]: NOW}}
    }
    lines = verb.table(answer, "shop", NOW)
    assert [line.split()[-1] for line in lines[:3]] == ["judged", "-", "whole"]
    assert lines[4:6] == ["  last drill 1 min ago: FAILED\n  bad", "  no check yet"]


def test_a_run_that_failed_is_told_with_its_reason() -> None:
    assert verb.table(told(ok=False, at=NOW - 60, said="shop: why\nNext: do"), "shop", NOW)[-3] == (
        "  last run 1 min ago: FAILED\n  shop: why\n  Next: do"
    )


def test_older_copies_are_counted() -> None:
    lines = verb.table(told(*(copy("shop", NOW - at) for at in range(25))), "shop", NOW)
    assert lines[-4:-2] == ["  shop: and 5 older ones", "  no run yet"]


@pytest.mark.parametrize(("problems", "code"), [({}, 0), ({"web2": "no good copy was made."}, 1)])
def test_every_host_is_heard(
    problems: dict[str, str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said: dict[str, Any] = {"hosts": {"web1": {"said": ["shop: copy 12 is in the store\x1b[2J"]}}}
    monkeypatch.setattr(verb, "ask", lambda run: asked(run, said, problems))
    assert verb.backup(Environment("production", ())) == code
    out, err = capsys.readouterr()
    assert out == "web1: shop: copy 12 is in the store\\x1b[2J\n"
    assert err == "".join(f"{host}: {problem}\n" for host, problem in problems.items())


def test_machines_get_all_of_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer = told(copy("shop", NOW))
    monkeypatch.setattr(verb, "ask", lambda run: asked(run, {"hosts": {"web1": answer}}, {"web2": "no answer"}))
    assert verb.backups(Environment("production", ()), as_json=True) == 3
    assert json.loads(capsys.readouterr().out) == {"hosts": {"web1": answer}, "problems": {"web2": "no answer"}}


def asked(run: Run, task: dict[str, Any], problems: dict[str, str]) -> Asked:
    assert run.environment.name == "production"
    return Asked(("web1", *problems), problems, (task,))
