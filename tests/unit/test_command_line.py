"""The command line as a whole: its help, its completion, and the targets of make that stand for it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from slipway import cli

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an inventory `production`, in which the command is typed."""
    hosts = tmp_path / "inventories" / "production" / "hosts.yml"
    hosts.parent.mkdir(parents=True)
    hosts.write_text("all: {hosts: {web1: {}}}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*words: str) -> Sequence[str]:
    """Return the last line of what make would run."""
    done = subprocess.run(["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


def test_every_verb_of_the_command_is_a_target_of_make() -> None:
    targets = set(re.findall(r"^([a-z][a-z -]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    names = {name for target in targets for name in target.split()}
    assert {verb for group in cli.VERBS.values() for verb in group} <= names


@pytest.mark.parametrize(
    "verb", sorted({"site", "deploy", "doctor", "audit", "status", "logs", "review", "tunnel-down"})
)
def test_make_hands_the_environment_to_the_verb_of_its_name(verb: str) -> None:
    assert make(verb, "ENV=production")[-3:][:2] != []
    line = make(verb, "ENV=production")
    assert line[line.index("slipway") :][:3] == ["slipway", verb, '"$ENV"']


def test_help_names_every_verb_and_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert [line for line in shown.splitlines() if len(line) > 80] == []
    for group, verbs in cli.VERBS.items():
        assert f"{group}:" in shown
        for verb in verbs:
            assert re.search(rf"^  {verb} ", shown, re.MULTILINE), verb


@pytest.mark.parametrize("verb", sorted(cli.places()))
def test_each_verb_has_a_help_that_fits_a_terminal(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([verb, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Usage: slipway {verb}" in shown
    assert [line for line in shown.splitlines() if len(line) > 80] == []


def test_completion_offers_verbs_and_environments(project: Path) -> None:
    environment = {"_SLIPWAY_COMPLETE": "bash_complete", "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    program = "from slipway.cli import slipway; slipway(prog_name='slipway')"

    def offered(words: str, at: int) -> list[str]:
        typed = {"COMP_WORDS": words, "COMP_CWORD": str(at)}
        command = [sys.executable, "-c", program]
        done = subprocess.run(
            command, cwd=project, env=environment | typed, capture_output=True, text=True, check=False
        )
        return [line.partition(",")[2] for line in done.stdout.splitlines()]

    assert set(offered("slipway de", 1)) == {"demo", "demo-down", "deploy"}
    assert offered("slipway deploy pro", 2) == ["production"]
