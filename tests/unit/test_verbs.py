"""What `make VERB` says to those who mistype."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.forms import as_text
from slipway import play
from slipway.pipeline.refusal import RefusalError

ROOT = Path(__file__).resolve().parents[2]


def make(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["site"], "ENV is not set: say which inventory, e.g. `make site ENV=production`; known: "),
        (["site", "ENV=prodution"], "There is no inventories/prodution/hosts.yml. Known: "),
        (["rollback", "ENV=prodution"], "To write it: make init ENV=prodution."),
        (["site", "ENV=x; id"], "ENV=x; id is not the name of an inventory: letters, digits, - and _; known: "),
    ],
    ids=["no environment", "misspelt environment", "the way out", "not a name"],
)
def test_a_verb_without_a_known_environment_says_what_to_type(words: list[str], message: str) -> None:
    said = make(*words)
    assert said.returncode != 0
    assert message in said.stderr


@pytest.mark.parametrize(
    ("verb", "given", "message"),
    [
        ("maintenance", {"MODE": "maybe"}, "MODE is not on or off"),
        ("maintenance", {}, "MODE is on or off"),
        ("rollback", {"FORCE": "0x"}, "FORCE is not 1, or not given"),
        ("rollback", {"TO": "v1"}, "TO is not a release id or a Git revision: 6 to 40 hexadecimal digits"),
        ("logs", {"LINES": "0"}, "LINES is not a number from 1 to 99999"),
        ("review", {"APP": "Shop"}, "APP is not the lower-case name of an app"),
    ],
)
def test_a_word_of_another_form_is_refused(verb: str, given: dict[str, str], message: str) -> None:
    with pytest.raises(RefusalError) as refused:
        play.playbook(verb, [], given)
    assert refused.value.what == message


@pytest.mark.parametrize(
    ("verb", "given", "extra"),
    [
        ("maintenance", {"MODE": "on"}, {"app_only": "", "app_maintenance": True}),
        ("maintenance", {"MODE": "off", "APP": "shop"}, {"app_only": "shop", "app_maintenance": False}),
        ("logs", {"LINES": ""}, {"app_only": "", "app_log_lines": 100}),
        (
            "rollback",
            {"TO": "1f2e3d4c5b+"},
            {"app_only": "", "app_rollback_to": "1f2e3d4c5b+", "app_rollback_force": False},
        ),
        ("rollback", {"FORCE": "1"}, {"app_only": "", "app_rollback_to": "", "app_rollback_force": True}),
        ("tunnel", {}, {"tunnel_force": False}),
    ],
)
def test_words_become_variables(verb: str, given: dict[str, str], extra: dict[str, object]) -> None:
    command = play.playbook(verb, ["-i", "inventories/demo", "--check"], given)
    assert json.loads(command[command.index("-e") + 1]) == as_text(extra)
    assert command[-3:] == ["-i", "inventories/demo", "--check"]


def test_ansible_refuses_a_misspelt_inventory() -> None:
    said = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "-i", "inventories/prodution", "playbooks/site.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode != 0
    assert "inventories/prodution" in said.stderr
