"""The host's program, which timers call: it has all verbs, and is the same whoever makes it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import host_main, host_program

KIT = "ansible_collections.slipway.kit.plugins"
PACKS = f"""
import sys
from {KIT}.modules import {{module}}
from {KIT}.module_utils.release import host_program
sys.stdout.buffer.write(host_program.packed())
"""
PLUGINS = Path(__file__).resolve().parents[3] / "plugins"


def packed(module: str) -> bytes:
    command = [sys.executable, "-c", PACKS.format(module=module)]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("backup", "/etc/slipway/backup.json is not there or damaged: this host is not told where its copies go."),
        ("watch", "/etc/slipway/watch.json is not there or damaged: this host is not told whom to tell."),
    ],
)
def test_the_program_that_a_deploy_writes_has_the_verbs_of_timers(tmp_path: Path, verb: str, said: str) -> None:
    program = tmp_path / "slipway.pyz"
    program.write_bytes(packed("release"))
    done = subprocess.run(
        [sys.executable, "-I", str(program), verb], capture_output=True, text=True, cwd="/", check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said), done.stderr


def test_it_is_the_same_whatever_is_loaded_where_it_is_made() -> None:
    assert packed("release") == packed("notify_test") == host_program.packed()


def test_it_has_every_module_that_the_parser_finds_in_its_text() -> None:
    """The program is made by reading lines; Python's own parser must see no import that these do not."""
    needed = host_program.needed(host_main.__name__)
    for name, text in needed.items():
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.ImportFrom):
                continue
            start = name.split(".")[: -node.level] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            for each in (base, *(f"{base}.{alias.name}" for alias in node.names)):
                path = PLUGINS.joinpath(*each.removeprefix(f"{KIT}.").split("."))
                if each.startswith(KIT) and path.with_suffix(".py").is_file():
                    assert each in needed, f"{name} imports {each}"
