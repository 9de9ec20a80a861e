"""Every command that a message prints exists, takes the words behind it, and names its environment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import COMMAND, ELSEWHERE, ON_HOSTS, spelled
from slipway.cli import slipway

from .conftest import ROOT, name_of, tracked

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = {name for line in re.findall(r"^([a-z][a-z -]*):", MAKEFILE, re.MULTILINE) for name in line.split()}
# A value that is only known when the message is printed.
UNKNOWN = "known-then"


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each string in a Python file that is not a docstring; values are put in as a word."""
    tree = ast.parse(path.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            shown = (part.value if isinstance(part, ast.Constant) else UNKNOWN for part in node.values)
            yield node.lineno, "".join(map(str, shown))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | parts:
            yield node.lineno, node.value


PYTHON = tracked("plugins/*.py", "slipway/*.py")
OTHER = tracked("roles/*/tasks/*.yml", "slipway/init/templates/*")
TEMPLATE = re.compile(r"\{\{.*?\}\}")
MESSAGES = [
    *((f"{name_of(path)}:{line}", text) for path in PYTHON for line, text in texts(path)),
    *((name_of(path), TEMPLATE.sub(UNKNOWN, path.read_text())) for path in OTHER),
]
COMMANDS = [
    (place, found["verb"], found["rest"].split())
    for place, text in MESSAGES
    if "plugin_utils/spelling.py" not in place
    for found in COMMAND.finditer(text)
]


def test_there_are_messages_with_commands() -> None:
    assert len(COMMANDS) > 60


@pytest.mark.parametrize(("place", "verb", "words"), COMMANDS, ids=[f"{one[0]} {one[1]}" for one in COMMANDS])
def test_a_command_in_a_message_can_be_typed(place: str, verb: str, words: list[str]) -> None:
    words = [word for word in words if word not in ("...", "\\")]
    if verb in ON_HOSTS - {"tunnel"}:
        assert words, f"{place}: `slipway {verb}` names no environment"
        assert words[0] in ("ENV", UNKNOWN, "production", "review"), place
    command = slipway.get_command(click.Context(slipway), verb)
    assert command is not None
    given = [UNKNOWN if word.isupper() and word != "ENV" else word for word in words]
    command.make_context(verb, [fit(word) for word in given], parent=click.Context(slipway), resilient_parsing=True)
    options = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    if isinstance(command, click.Group):
        options |= {name for sub in command.commands.values() for param in sub.params for name in param.opts}
    flags = [word.partition("=")[0] for word in words if word.startswith("-")]
    strange = [flag for flag in flags if flag not in options and UNKNOWN not in flag and flag != "--"]
    assert strange == [], place


def fit(word: str) -> str:
    """Return a word that parses where one that is only known later stands."""
    return word.replace(UNKNOWN, "7") if word.startswith("-") else word


def test_no_message_names_a_verb_as_make_does() -> None:
    """The reader's way of typing is put in when it is printed."""
    verbs = "|".join(sorted(ON_HOSTS | ELSEWHERE))
    spelled_by_hand = re.compile(rf"\bmake (?:{verbs})\b")
    own = ("spelling.py", "slipway/commands/kit.py", "slipway/new/run.py")  # ... and a project has a `make local`
    assert [place for place, text in MESSAGES if spelled_by_hand.search(text) and not place.startswith(own)] == []


@pytest.mark.parametrize(("place", "verb", "words"), COMMANDS, ids=[f"{one[0]} {one[1]}" for one in COMMANDS])
def test_its_spelling_for_make_is_a_target_with_its_variables(place: str, verb: str, words: list[str]) -> None:
    made = spelled(f"slipway {' '.join([verb, *words])}", "production", "make").split()
    assert made[:1] == ["make"]
    assert made[1] in TARGETS, place
    listed = re.search(r"^WORDS = ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    assert listed
    known = {*listed[1].replace("\\", " ").split(), "ARGS"}
    variables = {word.partition("=")[0] for word in made[2:] if re.match(r"[A-Z_]+=", word)}
    assert variables <= known, place
