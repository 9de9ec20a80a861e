"""What `slipway notify-test` prints of what the receivers answered."""

from __future__ import annotations

from typing import Any

import pytest

from slipway import notify as verb
from slipway.environment import Environment
from slipway.playbook import Asked, Run
from tests.unit.test_backups_verb import asked

TOOK = {"name": "ntfy to ntfy.example.com", "said": ""}
REFUSED = {"name": "email to me@example.com", "said": "it answered 535 no \x1b[2J"}


@pytest.mark.parametrize(
    ("ways", "problems", "lines"),
    [
        ([TOOK], {}, ["web1: ntfy to ntfy.example.com: took it"]),
        (
            [TOOK, REFUSED],
            {},
            [
                "web1: ntfy to ntfy.example.com: took it",
                "web1: email to me@example.com: it answered 535 no \\x1b[2J",
                "  next:  correct it in slipway_watch, then `slipway provision production` and "
                "`slipway notify-test production`",
            ],
        ),
        ([], {"web2": "this host is not told whom to tell."}, []),
    ],
)
def test_each_way_is_said_with_its_answer(
    ways: list[dict[str, str]],
    problems: dict[str, str],
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def ask(run: Run) -> Asked:
        told: dict[str, Any] = {"hosts": {"web1": {"ways": ways}}}
        return asked(run, told, problems)

    monkeypatch.setattr(verb, "ask", ask)
    monkeypatch.setenv("SLIPWAY_SPELLING", "slipway")
    assert verb.notify_test(Environment("production", ())) == int(len(lines) > 1 or bool(problems))
    out, err = capsys.readouterr()
    assert out.splitlines() == lines
    assert err.splitlines() == [f"{host}: {why}" for host, why in problems.items()]
