"""`ansible-doc` knows each plugin of the collection, and a module's documentation is what the module takes."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from ansible.module_utils import basic
from ansible.plugins.action import ActionBase

from ansible_collections.slipway.kit.plugins.filter.apps import FilterModule as Apps
from ansible_collections.slipway.kit.plugins.filter.networks import FilterModule as Networks
from ansible_collections.slipway.kit.plugins.filter.projects import FilterModule as Projects
from ansible_collections.slipway.kit.plugins.filter.release_table import FilterModule as ReleaseTable
from ansible_collections.slipway.kit.plugins.filter.review import FilterModule as Review
from ansible_collections.slipway.kit.plugins.filter.watch import FilterModule as Watch

from .conftest import ROOT, tracked

Options = Mapping[str, Mapping[str, Any]]

ANSIBLE_DOC = str(Path(sys.executable).with_name("ansible-doc"))
PLUGINS = "ansible_collections.slipway.kit.plugins"
MODULES = {path.stem for path in tracked("plugins/modules/*.py")}
ACTIONS = {path.stem for path in tracked("plugins/action/*.py")}
FILTER_FILES = (Apps, Networks, Projects, ReleaseTable, Review, Watch)
FILTERS = {name for each in FILTER_FILES for name in each().filters()}
NAMES = {
    "module": MODULES | ACTIONS,
    "filter": FILTERS,
    "callback": {path.stem for path in tracked("plugins/callback/*.py")},
    "strategy": {path.stem for path in tracked("plugins/strategy/*.py")},
}
# What the action of the same name makes of what the task says, before the module gets it.
BETWEEN = {
    ("config_files", "files.template"): "the action renders it into `content`",
    ("config_tree", "files"): "the action sets it",
}


class CapturedError(Exception):
    """Carries the argument spec out of a module or an action that is about to use it."""

    def __init__(self, spec: Options) -> None:
        super().__init__()
        self.spec = spec


def capture(*_: object, **given: Any) -> None:
    """Stand in for what validates arguments, and end there."""
    raise CapturedError(given["argument_spec"] if "argument_spec" in given else cast(Options, _[-1]))


@cache
def documented(kind: str) -> dict[str, Any]:
    """Return what ansible-doc knows of each plugin of a kind, shared parts included."""
    names = [f"slipway.kit.{name}" for name in sorted(NAMES[kind])]
    done = subprocess.run(
        [ANSIBLE_DOC, "--json", "-t", kind, *names], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    known = json.loads(done.stdout)
    assert isinstance(known, dict)
    return {name.removeprefix("slipway.kit."): one for name, one in known.items()}


def specified(name: str, patch: pytest.MonkeyPatch) -> Options | None:
    """Return the argument spec of a module, or of the action that stands for it; None where only names are checked."""
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    try:
        if hasattr(module, "main"):
            # By name where the module has imported it, at its source where it is looked up later.
            patch.setattr(module, "AnsibleModule", capture, raising=False)
            patch.setattr(basic, "AnsibleModule", capture)
            module.main()
        else:
            action = importlib.import_module(f"{PLUGINS}.action.{name}").ActionModule
            if "validate_argument_spec" not in action.run.__code__.co_names:
                return None
            patch.setattr(ActionBase, "run", lambda *_, **__: {})
            patch.setattr(ActionBase, "validate_argument_spec", capture)
            action.run(action.__new__(action), None, {})
    except CapturedError as captured:
        return captured.spec
    raise AssertionError(f"{name} validates nothing")


def rules(options: Options, above: str = "") -> dict[str, tuple[object, ...]]:
    """Return type, elements, whether required, default and choices of each option, those of options included."""
    found: dict[str, tuple[object, ...]] = {}
    for name, one in options.items():
        choices = sorted(map(str, one.get("choices") or []))
        kind = (one.get("type", "str"), one.get("elements"), bool(one.get("required")), one.get("default"), choices)
        found[f"{above}{name}"] = kind
        found |= rules(one.get("suboptions") or one.get("options") or {}, f"{above}{name}.")
    return found


@pytest.mark.parametrize("name", sorted(MODULES))
def test_the_documentation_of_a_module_is_its_argument_spec(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    documentation = rules(documented("module")[name]["doc"].get("options", {}))
    spec = specified(name, monkeypatch)
    if spec is None:
        action = importlib.import_module(f"{PLUGINS}.action.{name}").ActionModule
        assert set(documentation) == set(action._VALID_ARGS)
        return
    between = {option for module, option in BETWEEN if module == name}
    taken = rules(spec)
    assert {key: one for key, one in documentation.items() if key not in between} == {
        key: one for key, one in taken.items() if key not in between
    }


def test_what_an_action_does_in_between_is_documented() -> None:
    unknown = [
        (module, option)
        for module, option in BETWEEN
        if option not in rules(documented("module")[module]["doc"]["options"])
    ]
    assert unknown == []


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_ansible_doc_lists_and_explains_each_plugin(kind: str) -> None:
    listed = subprocess.run(
        [ANSIBLE_DOC, "--json", "--list", "-t", kind, "slipway.kit"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert listed.returncode == 0, listed.stderr
    assert set(json.loads(listed.stdout)) == {f"slipway.kit.{name}" for name in NAMES[kind]}
    bare = [
        name
        for name in sorted(NAMES[kind])
        if not (doc := documented(kind).get(name, {}).get("doc") or {}).get("short_description")
        or not doc.get("description")
    ]
    assert bare == []


@pytest.mark.parametrize("kind", ["module", "filter"])
def test_each_module_and_filter_has_an_example_by_its_full_name(kind: str) -> None:
    bare = [name for name, one in documented(kind).items() if f"slipway.kit.{name}" not in str(one.get("examples"))]
    assert bare == []


def test_every_filter_file_is_looked_at() -> None:
    assert {path.stem for path in tracked("plugins/filter/*.py")} == {
        each.__module__.rpartition(".")[2] for each in FILTER_FILES
    }
