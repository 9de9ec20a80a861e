"""`slipway jobs`: what is typed, and what is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slipway import cli, jobs
from slipway.playbook import Asked, Run

LAST = {"release": "r1", "started": 1000.0, "ended": 1002.5, "outcome": "timed out", "code": 1}
JOB = {"name": "clean", "at": "hourly", "command": ["clean"], "next": 4600, "runs": False, "last": LAST}


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The runs that were asked for; each is answered by one host."""
    hosts = tmp_path / "inventories" / "production" / "hosts.yml"
    hosts.parent.mkdir(parents=True)
    hosts.write_text("all: {hosts: {web1: {}}}\n")
    monkeypatch.chdir(tmp_path)
    runs: list[Run] = []

    def ask(run: Run) -> Asked:
        runs.append(run)
        item = {"item": "shop", "jobs": [JOB], "said": ["done\x1b[2J"]}
        return Asked(("web1",), {}, ({"hosts": {"web1": {"results": [item]}}},))

    monkeypatch.setattr(jobs, "ask", ask)
    return runs


def test_a_table_says_when_and_how_it_went() -> None:
    lines = jobs.table([JOB, {**JOB, "name": "new", "next": None, "last": None}], now=1060.0)
    assert [line.split() for line in lines] == [
        ["job", "at", "next", "last", "took", "outcome"],
        ["clean", "hourly", "in", "59", "min", "60", "s", "ago", "2.5", "s", "timed", "out"],
        ["new", "hourly", "-", "-", "-", "never", "ran"],
    ] or lines[1].split()[5:8] == ["1", "min", "ago"]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        ([], {"app_only": ""}),
        (["shop"], {"app_only": "shop"}),
        (["run", "clean"], {"app_only": "", "app_job": "clean"}),
        (["shop", "run", "clean"], {"app_only": "shop", "app_job": "clean"}),
        (["--app=shop", "--job=clean"], {"app_only": "shop", "app_job": "clean"}),
    ],
)
def test_words_say_which_job(words: list[str], variables: dict[str, Any], asked: list[Run]) -> None:
    assert cli.main(["jobs", "production", *words]) == 0
    assert [run.variables for run in asked] == [variables]


@pytest.mark.parametrize("words", [["run"], ["a", "b"], ["run", "a", "b"], ["shop", "run", "Clean"]])
def test_what_cannot_be_meant_is_refused(words: list[str], asked: list[Run]) -> None:
    assert cli.main(["jobs", "production", *words]) == 2
    assert asked == []


def test_what_a_job_wrote_cannot_move_the_cursor(asked: list[Run], capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["jobs", "production", "run", "clean"])
    assert "web1: done\\x1b[2J" in capsys.readouterr().out
