"""Commands in messages: with their environment, and as the reader types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import (
    ELSEWHERE,
    ON_HOSTS,
    VARIABLE,
    environment_of,
    preferred,
    spelled,
)
from slipway.cli import VERBS


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("slipway deploy ENV", "make deploy ENV=shop"),
        ("slipway rollback ENV box --to 1fbb95", "make rollback ENV=shop APP=box TO=1fbb95"),
        ("slipway rollback staging --force", "make rollback ENV=staging FORCE=1"),
        ("see `slipway status ENV`, then run it again", "see `make status ENV=shop`, then run it again"),
        ("slipway maintenance ENV off", "make maintenance ENV=shop MODE=off"),
        ("slipway provision ENV --check --diff", "make provision ENV=shop ARGS='--check --diff'"),
        ("slipway doctor ENV --json", "make doctor ENV=shop ARGS=--json"),
        ("slipway init ENV --host-key=SHA256:abc", "make init ENV=shop HOST_KEY=SHA256:abc"),
        ("slipway ci-setup ENV --review --yes", "make ci-setup ENV=shop ARGS='--review --yes'"),
        ("slipway demo, or slipway demo-down", "make demo, or make demo-down"),
        ("slipway local reset --yes", "make local-reset ARGS=--yes"),
        ("slipway local; slipway tunnel --port 8000", "make local; make tunnel PORT=8000"),
        ("slipway ci-local lint", "make ci-local JOB=lint"),
        ("the command slipway is not a verb", "the command slipway is not a verb"),
    ],
)
def test_a_command_is_spelled_as_its_reader_types_it(text: str, made: str) -> None:
    assert spelled(text, "shop", "make") == made
    assert spelled(text, "shop", "slipway") == text.replace("ENV", "shop")


def test_without_a_known_environment_the_word_stays() -> None:
    assert spelled("slipway deploy ENV", "", "make") == "make deploy ENV=ENV"
    assert spelled("slipway deploy ENV", "", "slipway") == "slipway deploy ENV"
    told = spelled("slipway exec ENV --process worker -- flask shell", "dev", "make")
    assert told == "make exec ENV=dev PROCESS=worker CMD='flask shell'"


def test_the_caller_says_how_commands_are_spelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "slipway")
    assert preferred() == "slipway"
    monkeypatch.delenv(VARIABLE)
    assert preferred() == "make"  # this is a clone


def test_every_listed_verb_can_be_spelled() -> None:
    assert {verb for group in VERBS.values() for verb in group} == ON_HOSTS | ELSEWHERE


def test_an_environment_is_the_folder_of_the_first_inventory(tmp_path: Path) -> None:
    assert environment_of({"ansible_inventory_sources": [str(tmp_path), "/other"]}) == tmp_path.name
    assert environment_of({"ansible_inventory_sources": ["/x/staging/hosts.yml"]}) == "staging"
    assert environment_of({}) == ""
