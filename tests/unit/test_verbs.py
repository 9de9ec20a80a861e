"""What `make VERB` says to those who mistype."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def make(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["site"], "ENV is not set: say which inventory, e.g. `make site ENV=production`; known: "),
        (["site", "ENV=prodution"], "There is no inventories/prodution/hosts.yml. Known: "),
        (["rollback", "ENV=prodution"], "To write it: make init ENV=prodution."),
        (["maintenance", "ENV=demo", "MODE=maybe"], None),
    ],
    ids=["no environment", "misspelt environment", "the way out", "neither on nor off"],
)
def test_a_verb_without_a_known_environment_says_what_to_type(words: list[str], message: str | None) -> None:
    said = make(*words)
    assert said.returncode != 0
    assert (message or "*** ") in said.stderr


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
