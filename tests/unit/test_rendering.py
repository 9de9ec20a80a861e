"""Templates rendered as Ansible's own lookup renders them, only sooner."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.slipway.kit.plugins.plugin_utils.rendering import render

DERIVED = trust_as_template("{{ port + 1 }}")
VARIABLES = {"port": 8000, "names": ["a", "b"], "derived": DERIVED, "item": "the host's"}
TEXTS = {
    "plain text": "listen {{ port }}\n",
    "no newline at the end": "listen {{ port }}",
    "a loop keeps no empty lines": "{% for name in names %}\nname {{ name }}\n{% endfor %}\nend\n",
    "one expression stays text": "{{ names }}",
    "backslashes stay": "\\d+ {{ port }}\\n\n",
    "who manages it": "{{ ansible_managed | comment }}\n{{ template_path | basename }}\n",
    "one expression and its newline": "{{ derived }}\n",
    "a neighbour": "{% include 'neighbour.j2' %}\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "neighbour.j2").write_text("beside {{ port }}\n")
    return tmp_path


def rendered(folder: Path, text: str, **names: str) -> str:
    (folder / "it.j2").write_text(text)
    loader = DataLoader()
    templar = Templar(loader, VARIABLES)
    return str(render(str(folder / "it.j2"), VARIABLES, names, templar=templar, loader=loader))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_text_is_that_of_ansibles_lookup(folder: Path, text: str) -> None:
    ours = rendered(folder, text)
    loader = DataLoader()
    path = folder / "it.j2"
    theirs = Templar(loader, VARIABLES).template(trust_as_template(f"{{{{ lookup('template', '{path}') }}}}"))
    assert ours == str(theirs)


def test_a_variable_may_refer_to_another(folder: Path) -> None:
    assert rendered(folder, "port {{ derived }}\n") == "port 8001\n"


def test_what_the_file_is_about_wins_over_the_hosts_variables(folder: Path) -> None:
    assert rendered(folder, "of {{ item }}\n", item="this file") == "of this file\n"
