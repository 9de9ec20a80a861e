"""Which way imports go: a host's code needs nothing of the control machine's, and plugins nothing of the command's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .conftest import ROOT, name_of, tracked

KIT = "ansible_collections.slipway.kit."
PLUGINS = tracked("plugins/*.py")
ON_HOSTS = ROOT / "plugins/module_utils"
# Programs that run where the kit is not installed: on a host, or in an interpreter that a test starts.
ELSEWHERE = {"tests/release/drive.py", "tests/policy/test_house_rules.py", "tests/unit/test_release_mortal.py"}


def imports(path: Path) -> Iterator[str]:
    """Yield the full names that a file imports: modules, and what is taken from them."""
    package = list(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])]).removeprefix(KIT)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def module(name: str) -> Path | None:
    """Return the file of a name in the collection; a name that is taken from a module is that module's."""
    path = ROOT.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    parent = path.parent
    return next((found for found in (parent.with_suffix(".py"), parent / "__init__.py") if found.is_file()), None)


GRAPH = {path: {found for name in imports(path) if (found := module(name))} - {path} for path in PLUGINS}


def reached(start: list[Path]) -> set[Path]:
    """Return all files that these import, directly or not, and themselves."""
    seen, left = set[Path](), list(start)
    while left:
        path = left.pop()
        if path not in seen:
            seen.add(path)
            packages = {folder / "__init__.py" for folder in path.parents if folder.is_relative_to(ON_HOSTS)}
            left += [*GRAPH.get(path, ()), *(package for package in packages if package.is_file())]
    return seen


def test_plugins_import_nothing_of_the_command() -> None:
    assert [
        name_of(path) for path, found in GRAPH.items() if any(p.is_relative_to(ROOT / "slipway") for p in found)
    ] == []


def test_what_runs_on_hosts_needs_no_code_of_the_control_machine() -> None:
    needed = reached(tracked("plugins/modules/*.py"))
    allowed = (ON_HOSTS, ROOT / "plugins/modules")
    assert [name_of(path) for path in sorted(needed) if not any(path.is_relative_to(one) for one in allowed)] == []


def test_module_utils_hold_only_what_modules_need() -> None:
    idle = set(tracked("plugins/module_utils/*.py")) - reached(tracked("plugins/modules/*.py"))
    assert [name_of(path) for path in sorted(idle)] == [], "what runs on the control machine is in plugin_utils"


def test_no_file_imports_itself_in_a_circle() -> None:
    circles = [name_of(path) for path in PLUGINS if path in reached([*GRAPH[path]]) and path.name != "__init__.py"]
    assert circles == []


def test_own_code_is_found_by_its_full_name_alone() -> None:
    ours = "|".join(sorted(path.stem for path in ON_HOSTS.iterdir() if path.name != "__pycache__"))
    detour = re.compile(rf"sys\.path\.(?:insert|append)|__path__|ansible\.module_utils\.(?:{ours})\b")
    own = Path(__file__)
    found = {
        name_of(path)
        for path in tracked("*.py")
        if path != own and not path.is_relative_to(ROOT / "app")
        if detour.search(path.read_text())
    }
    assert found == ELSEWHERE
