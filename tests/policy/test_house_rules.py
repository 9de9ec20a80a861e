"""What is not done in this house, wherever it stands."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, name_of, tracked

# This file names what it forbids, the other seeds it as a fault.
NAMED = (Path(__file__), ROOT / "tests/e2e/faults.py")
CODE = [path for path in tracked("*.py", "*.yml", "*.j2", "*.sh", "Makefile", "*Dockerfile*") if path not in NAMED]
PYTHON = tracked("*.py")
# The soft limit of the house is 250; past this a file has more than one concept.
PYTHON_LINES = 300
FUNCTION_LINES = 50

FORBIDDEN = {
    r"^\s*ignore_errors:": "an error is handled by name or it stops the play",
    r"StrictHostKeyChecking[= ]no": "host keys are pinned",
    r"host_key_checking\s*[=:]\s*[Ff]alse": "host keys are pinned",
    r"curl[^|\n]*\|\s*(ba)?sh\b": "what is run is fetched, verified, then run",
    r"\bTODO\b|\bFIXME\b": "an issue is where open work lives",
    r"\bchangeme\b": "no default for what must be chosen",
    r"flush ruleset": "foreign firewall tables are never touched",
    r"(image|FROM)[: ]+\S+:latest\b": "images are pinned",
    r"[Tt]rusted(=|: )yes|allow-unauthenticated|AllowInsecure|apt-key\b": "packages are verified by Debian's keys",
    r"^ADD\s": "what goes into an image is copied by name",
}


@pytest.mark.parametrize(("pattern", "reason"), FORBIDDEN.items(), ids=list(FORBIDDEN))
def test_nothing_forbidden_is_written(pattern: str, reason: str) -> None:  # U-02 U-07
    found = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in CODE
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert found == [], reason


def test_a_command_that_never_changes_says_why() -> None:
    bare = []
    for path in tracked("roles/*.yml", "playbooks/*.yml"):
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines):
            if "changed_when: false" in line and "#" not in line:
                bare.append(f"{name_of(path)}:{number + 1}")
    assert bare == [], "write the reason on the same line: # only reads"


def test_files_have_one_concept() -> None:
    assert {name_of(p): n for p in PYTHON if (n := len(p.read_text().splitlines())) > PYTHON_LINES} == {}


def test_nobody_hides_code_in_a_drawer() -> None:
    drawers = {"utils", "helpers", "misc", "common"}
    assert [name_of(path) for path in PYTHON if drawers & {path.stem, path.parent.name}] == []


def test_the_engine_needs_no_ansible_where_it_runs() -> None:
    folder = ROOT / "plugins/module_utils"
    package = "ansible_collections.slipway.kit.plugins.module_utils.release"
    names = [f"{package}.{path.stem}" for path in (folder / "release").glob("*.py") if path.stem != "__init__"]
    program = f"import importlib, sys; sys.path.insert(0, {str(ROOT)!r}); [*map(importlib.import_module, {names!r})]"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_functions_are_short() -> None:
    long = {}
    by_hand = [path for path in PYTHON if path.parent.name != "versions"]  # Alembic writes a migration as one function
    for path in by_hand:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long[f"{name_of(path)}:{node.name}"] = lines
    assert long == {}


def test_no_secret_is_readable_in_the_repository() -> None:
    open_vaults = [
        name_of(path) for path in tracked("*vault.yml") if not path.read_text().startswith("$ANSIBLE_VAULT;1.")
    ]
    assert open_vaults == []
    keys = [name_of(path) for path in tracked() if b"PRIVATE KEY-----\n" in path.read_bytes()]
    assert keys == []


def test_images_install_python_packages_by_hash_only() -> None:  # U-03
    bare = [
        f"{name_of(path)}: {step.strip()}"
        for path in tracked("*Dockerfile*")
        for step in path.read_text().replace("\\\n", " ").split("&&")
        if re.search(r"\bpip\b.* install\b", step) and "--require-hashes" not in step
    ]
    assert bare == []


def test_all_linters_run_at_their_strictest() -> None:  # I-03 U-07
    ran = re.findall(r"^ +(?:if .* then )?run (\S+)", (ROOT / ".ci/lint").read_text(), re.MULTILINE)
    assert ran == ["ruff", "format", "mypy", "yamllint", "shellcheck", "hadolint", "ansible-lint"]
    assert "profile: production" in (ROOT / ".ansible-lint").read_text()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-uv.txt"])
def test_requirements_are_pinned_with_hashes(name: str) -> None:  # U-03 U-04
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text(), flags=re.IGNORECASE)
    bare = [
        entry.split()[0]
        for entry in entries
        if not entry.startswith("#") and not re.match(r"\S+==\S+[\s\S]*--hash=sha256:", entry)
    ]
    assert bare == []


def test_every_verb_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    explained = set(re.findall(r"^([a-z][a-z-]*):.*## ", makefile, re.MULTILINE))
    phony = {verb for line in re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE) for verb in line.split()}
    assert phony - explained == set()


def test_every_playbook_has_a_verb() -> None:
    makefile = (ROOT / "Makefile").read_text()
    verbs = set(re.findall(r"^([a-z][a-z-]*):.*## ", makefile, re.MULTILINE))
    stems = {path.stem for path in tracked("playbooks/*.yml")}
    # One with more words than its verb is what an option of that does, such as `restore --bare`.
    assert {stem for stem in stems if stem not in verbs and stem.partition("-")[0] not in verbs} == set()
