"""Ansible itself, once for each way that text from outside takes: none of it is a template."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.forms import as_text
from slipway.playbook import json_report

from .test_hostile_values import ANSIBLE, HOSTILE, INVENTORY, ROOT

ECHO = """- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "{{ given }} {{ {'in': [given]} }} {{ given | join }}"
"""
MODULE = """import json
release = {"id": LINE, "state": "live", "revision": LINE, "age_s": 1, "size": 1, "by": LINE}
status = {"app": "shop", "domain": LINE, "slot": "green", "container": LINE, "busy": LINE, "releases": [release]}
print(json.dumps({"changed": False, "lines": [LINE], "status": status}))
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """An inventory of this machine, with one app."""
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    return tmp_path / "hosts.yml"


def played(inventory: Path, playbook: Path, extra: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [ANSIBLE, "-i", str(inventory), str(playbook), "-e", json.dumps(extra)]
    own = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0", **environment}
    return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)


def test_what_is_handed_over_as_text_stays_text_without_any_check(inventory: Path, tmp_path: Path) -> None:
    given = [value.replace("CANARY", str(tmp_path / "canary")) for value in HOSTILE.values()]
    (tmp_path / "echo.yml").write_text(ECHO)
    done = played(inventory, tmp_path / "echo.yml", as_text({"given": given}))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"touch {tmp_path}/canary" in done.stdout
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("verb", ["deploy", "rollback", "site"])
def test_a_playbook_refuses_what_was_written_behind_e_before_it_becomes_a_text(
    inventory: Path, tmp_path: Path, verb: str
) -> None:
    template = f"{{{{ lookup('pipe', 'touch {tmp_path}/canary') }}}}"
    extra = {
        "ansible_become": False,
        "app_only": template,
        "app_rollback_to": template,
        "app_images": {"shop": template},
    }
    done = played(inventory, ROOT / "playbooks" / f"{verb}.yml", extra)
    assert done.returncode != 0
    assert "Nothing was touched." in done.stdout
    assert "is not the lower-case name of an app. Correct it after -e." in done.stdout
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("verb", ["deploy", "maintenance", "logs", "status"])
def test_a_verb_refuses_an_app_that_is_declared_nowhere(inventory: Path, verb: str) -> None:
    done = played(inventory, ROOT / "playbooks" / f"{verb}.yml", {"ansible_become": False, "app_only": "shpo"})
    assert done.returncode != 0, done.stdout
    assert "app_only: 'shpo' is not declared in slipway_apps; declared: shop. Name one." in done.stdout


def test_an_app_that_one_of_several_hosts_declares_is_not_refused(tmp_path: Path) -> None:
    two = INVENTORY.replace("hosts: {web1: {", "hosts: {web2: {ansible_connection: local, slipway_apps: []}, web1: {")
    (tmp_path / "hosts.yml").write_text(two)
    done = played(tmp_path, ROOT / "playbooks/logs.yml", {"ansible_become": False, "app_only": "shop"})
    assert "is not declared" not in done.stdout
    assert "Nothing was touched." not in done.stdout
    assert "web2 " in done.stdout


def collection_with(folder: Path, module: str, text: str) -> Path:
    """Return the kit as a collection below `folder`, one of its modules replaced."""
    kit = folder / "ansible_collections/slipway/kit"
    (kit / "plugins/modules").mkdir(parents=True)
    for path in (*ROOT.iterdir(), *(ROOT / "plugins").iterdir(), *(ROOT / "plugins/modules").iterdir()):
        link = kit / path.relative_to(ROOT)
        if path.name != "ansible_collections" and path.stem != module and not link.exists():
            link.symlink_to(path)
    (kit / f"plugins/modules/{module}.py").write_text(text)
    return kit


@pytest.mark.parametrize("verb", ["logs", "status"])
def test_what_a_host_answers_is_shown_and_not_run(inventory: Path, tmp_path: Path, verb: str) -> None:  # I-07
    line = f"{{{{ lookup('pipe', 'touch {tmp_path}/canary') }}}}"
    kit = collection_with(tmp_path, "release", f"#!/usr/bin/python\nLINE = {line!r}\n{MODULE}")
    done = played(
        inventory, kit / "playbooks" / f"{verb}.yml", {"ansible_become": False}, ANSIBLE_COLLECTIONS_PATH=str(tmp_path)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"touch {tmp_path}/canary" in done.stdout
    assert not (tmp_path / "canary").exists()


RAW = "x\x1b]0;title\x07y\nz\x1b[2J\x9b5n\u202e\x1b[8mhidden"
# All but tabs, ends of lines and colours.
STEERING = re.compile(
    "[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\x1b(?!\\[[0-9]?;?[0-9]{1,2}m)|\x1b\\[8m"
)
SAYS = """- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: "{{ raw }}"}
    - ansible.builtin.command: {argv: [printf, "%s", "{{ raw }}"]}
    - slipway.kit.site_answer: {}
    - ansible.builtin.command:
        argv: [sh, -c, 'printf "%s" "$0"; printf "%s" "$0" >&2; exit 3', "{{ raw }}"]
      failed_when: false
    - ansible.builtin.fail: {msg: "{{ raw }}"}
"""
WARNS = """#!/usr/bin/python
import json
print(json.dumps({"changed": True, "warnings": [RAW], "said": [RAW], "item": RAW}))
"""


@pytest.mark.parametrize("way", ["", "-vv", "json", "colours", "progress"])
def test_what_a_host_answers_never_steers_the_terminal(inventory: Path, tmp_path: Path, way: str) -> None:
    collection_with(tmp_path, "site_answer", WARNS.replace("RAW", repr(RAW)))
    (tmp_path / "says.yml").write_text(SAYS)
    environment = {
        "json": {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
        "colours": {"ANSIBLE_NOCOLOR": "", "ANSIBLE_FORCE_COLOR": "1"},
        "progress": {"ANSIBLE_STDOUT_CALLBACK": "slipway.kit.progress", "ANSIBLE_LOG_PATH": str(tmp_path / "log")},
    }.get(way, {})
    extra = {"ansible_become": False, "raw": {"__ansible_unsafe": RAW}}
    if way == "-vv":
        environment = {"ANSIBLE_VERBOSITY": "2"}
    done = played(inventory, tmp_path / "says.yml", extra, ANSIBLE_COLLECTIONS_PATH=str(tmp_path), **environment)
    printed = done.stdout + done.stderr
    assert "hidden" in printed
    log = (tmp_path / "log").read_text() if way == "progress" else ""
    for line in (printed + log).split("\n"):
        assert not STEERING.search(line), repr(line)
    assert way != "colours" or "\x1b[0;31m" in printed


def test_programs_still_get_json(inventory: Path, tmp_path: Path) -> None:
    (tmp_path / "says.yml").write_text(SAYS.replace("slipway.kit.site_answer: {}", "debug:"))
    extra = {"raw": {"__ansible_unsafe": RAW + "\x7f"}}
    done = played(inventory, tmp_path / "says.yml", extra, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json")
    report = json_report(done.stdout)
    assert report is not None
    assert json.dumps(report).count("hidden") > 1
