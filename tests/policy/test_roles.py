"""The anatomy of a role: what files it has, how long they are, and that specification and defaults agree."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
import yaml

from .conftest import ROLES, ROOT, name_of, tracked

Tree = dict[str, object]

# Kit-wide inputs, owned by preflight because it refuses them first.
KIT_PREFIX = "slipway_"
LIMITS = {"tasks/main.yml": 40, "handlers/main.yml": 30, "README.md": 120, "defaults/main.yml": 90}
PROGRAMS = Path(sys.executable).parent
TASK_FILE_LINES = 90
PLAYBOOK_LINES = 40


def load(path: Path) -> Tree:
    return cast(Tree, yaml.safe_load(path.read_text()) or {}) if path.exists() else {}


def options_of(role: Path) -> dict[str, Tree]:
    specs = cast("dict[str, dict[str, dict[str, Tree]]]", load(role / "meta/argument_specs.yml")["argument_specs"])
    return specs["main"].get("options", {})


def test_there_are_roles() -> None:
    assert {"baseline", "ssh", "firewall", "docker", "caddy", "app"} <= {role.name for role in ROLES}


@pytest.mark.parametrize(
    "part", ["README.md", "meta/main.yml", "meta/argument_specs.yml", "tasks/main.yml", "molecule/default"]
)
def test_a_role_has_every_part(role: Path, part: str) -> None:
    assert (role / part).exists(), f"{role.name} lacks {part}"


def test_specification_and_defaults_agree(role: Path) -> None:
    options, defaults = options_of(role), load(role / "defaults/main.yml")
    declared = {name: option["default"] for name, option in options.items() if "default" in option}
    assert declared == defaults


def test_inputs_carry_the_name_of_their_role(role: Path) -> None:
    prefixes = (f"{role.name}_", *((KIT_PREFIX,) if role.name == "preflight" else ()))
    strangers = [name for name in options_of(role) if not name.startswith(prefixes)]
    assert strangers == []


def test_every_input_is_typed_and_explained(role: Path) -> None:  # I-05
    bare = [name for name, option in options_of(role).items() if not {"type", "description"} <= option.keys()]
    assert bare == []


def test_the_main_file_is_a_table_of_contents(role: Path) -> None:
    tasks = yaml.safe_load((role / "tasks/main.yml").read_text())
    bodies = [
        set(task) - {"name", "tags", "when", "loop", "loop_control", "vars", "become", "delegate_to"} for task in tasks
    ]
    allowed = {"ansible.builtin.import_tasks", "ansible.builtin.include_tasks"}
    assert [body for body in bodies if not body <= allowed] == []


def test_systemd_reads_every_unit_that_a_role_replaces(role: Path) -> None:
    tasks = [
        task for path in tracked(f"{name_of(role)}/tasks/*.yml") for task in yaml.safe_load(path.read_text()) or []
    ]
    current = [task["slipway.kit.unit_current"] for task in tasks if "slipway.kit.unit_current" in task]
    watched = {name for each in current for name in (each["name"], each.get("socket")) if name}
    # An instance (name@) is read when it is started: nothing keeps it loaded before.
    unit = re.compile(r"""dest': '([^'/@]+)'|path': '/etc/systemd/system/([^'/@]+\.(?:service|timer|socket))'""")
    replaced = [str(task) for task in tasks if "/etc/systemd/system" in str(task) and "daemon-reload" not in str(task)]
    forgotten = [name for task in replaced for name in map("".join, unit.findall(task)) if name not in watched]
    assert forgotten == []


def test_files_of_a_role_are_short(role: Path) -> None:
    limits = {
        **LIMITS,
        **{name_of(path).split("/", 2)[2]: TASK_FILE_LINES for path in tracked(f"{name_of(role)}/tasks/*.yml")},
    }
    limits["tasks/main.yml"] = LIMITS["tasks/main.yml"]
    lengths = {part: len((role / part).read_text().splitlines()) for part in limits if (role / part).exists()}
    assert {part: lines for part, lines in lengths.items() if lines > limits[part]} == {}


def test_the_readme_shows_the_inputs_as_specified(role: Path, tmp_path: Path) -> None:
    copy = tmp_path / role.name
    subprocess.run(["cp", "-r", str(role), str(copy)], check=True)
    subprocess.run([PROGRAMS / "aar-doc", str(copy), "markdown"], cwd=ROOT, check=True, capture_output=True)
    assert (role / "README.md").read_text() == (copy / "README.md").read_text(), "run `make docs`"


def test_templates_say_who_manages_the_file(role: Path) -> None:
    # JSON has no comments.
    templates = [path for path in tracked(f"{name_of(role)}/templates/*.j2") if ".json" not in path.suffixes]
    bare = [name_of(path) for path in templates if "ansible_managed" not in "".join(path.read_text().splitlines()[:3])]
    assert bare == []


@pytest.mark.parametrize("playbook", tracked("playbooks/*.yml"), ids=lambda path: path.name)
def test_a_playbook_is_short_and_says_what_it_does(playbook: Path) -> None:
    text = playbook.read_text()
    assert text.startswith("# "), "a header comment says what it changes, what it never touches, how to undo"
    assert len(text.splitlines()) <= PLAYBOOK_LINES


def test_a_verb_looks_at_its_extra_variables_before_ansible_templates_one() -> None:  # I-07
    # The roles with inputs that a verb gives them.
    given = re.compile(r"^ +(?:- role: slipway.kit.(?:app|tunnel)|name: slipway.kit.(?:app|preflight))$", re.MULTILINE)
    texts = {path.stem: path.read_text() for path in tracked("playbooks/*.yml")}
    verbs = {name: found.start() for name, text in texts.items() if (found := given.search(text))}
    assert verbs.keys() >= {"deploy", "rollback", "review", "retire", "logs", "preflight", "tunnel"}
    assert [
        name for name, start in verbs.items() if "      slipway.kit.verb_inputs:\n" not in texts[name][:start]
    ] == []


def test_what_is_the_kits_own_is_called_by_its_full_name() -> None:
    modules = "|".join(sorted({path.stem for path in tracked("plugins/modules/*.py", "plugins/action/*.py")}))
    filters = "|".join(["complete_apps", "of_family", "release_table", "review_of", "watch_faults"])
    roles = "|".join(path.name for path in ROLES)
    short = re.compile(
        rf"^ *- (?:{modules}):"
        rf"|\| *(?:{filters})\b"
        rf"|\brole: (?:{roles})\b"
        rf"|(?:import|include)_role:\n +name: (?:{roles})\b"
        rf"|^ *- name: .*\n +(?:{modules}):",
        re.MULTILINE,
    )
    files = [
        *tracked("roles/*.yml", "roles/*.j2", "roles/*.md", "playbooks/*.yml", "tests/*.yml", "caddy/*", "compose/*")
    ]
    found = {name_of(path): hit[0] for path in files if (hit := short.search(path.read_text()))}
    assert found == {}
