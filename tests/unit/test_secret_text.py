"""Secrets are text that nothing changes on its way, and no message holds any part of one."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.template import trust_as_template

from ansible_collections.slipway.kit.plugins.plugin_utils.secret_text import (
    run_as_templates,
    template_fault,
    text_fault,
)

ROOT = Path(__file__).resolve().parents[2]
HOST = """all:
  hosts: {web1: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}}
  vars:
    slipway_apps: [{name: shop, domains: [shop.test], exposure: private, build: ., secrets: [key]}]
    slipway_secrets: {shop: {key: KEY}}
    vault_key: VAULT
"""
PLAY = """- hosts: all
  gather_facts: false
  tasks:
    - slipway.kit.preflight: {roles: []}
"""


@pytest.mark.parametrize("text", ["a{#b#}c", "x{{ 7 * 6 }}y", "{%secretpart", "{{"])
def test_a_vault_value_that_ansible_would_run_is_named_and_not_shown(text: str) -> None:
    variables = {"vault_key": trust_as_template(text), "other": trust_as_template(text), "vault_safe": text}
    assert run_as_templates(variables) == ["vault_key"]
    assert "vault_key: !unsafe '...'" in template_fault("vault_key")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (42798, "text that YAML reads as a number"),
        (True, "text that YAML reads as true or false"),
        (1.5, "text that YAML reads as a number"),
        (datetime.date(2026, 1, 1), "text that YAML reads as a date"),
        ({"type": "service_account"}, "is a mapping, and a secret is text"),
        (["a"], "is a list, and a secret is text"),
    ],
)
def test_what_is_not_text_is_refused_without_its_value(value: object, said: str) -> None:
    fault = text_fault("slipway_secrets.shop.key", value)
    assert said in fault
    assert str(value) not in fault
    assert text_fault("x", "42798") == ""


@pytest.mark.parametrize(
    ("key", "vault", "said"),
    [
        ("'{{ vault_key }}'", "'hunter2{{ 7 * 6 }}'", "`vault_key` holds {{, {% or {#"),
        ("'{{ vault_key }}'", "'hunter2{%secretpart'", "`vault_key` holds {{, {% or {#"),
        ("'{{ vault_key }}'", "'hunter2{#gone#}'", "Write vault_key: !unsafe '...'"),
        ("'{{ vault_key }}'", "0123456", "`slipway_secrets.shop.key` is text that YAML reads as a number"),
        ("0123456", "''", "Write the value in quotes"),
        ("{hunter2: x}", "''", "is a mapping, and a secret is text"),
    ],
)
def test_preflight_says_so_before_anything_is_touched(key: str, vault: str, said: str, tmp_path: Path) -> None:
    done = played(tmp_path, key, vault)
    assert done.returncode == 2, done.stdout
    assert said in " ".join(done.stdout.split())
    for part in ("hunter2", "secretpart", "42798"):
        assert part not in done.stdout


@pytest.mark.parametrize("vault", ["!unsafe 'hunter2{{ 7 * 6 }}{#x#}{%y'", "'0123456'", "'plain {text}'"])
def test_text_that_nothing_would_run_is_fine(vault: str, tmp_path: Path) -> None:
    done = played(tmp_path, "'{{ vault_key }}'", vault)
    assert "BAD_SECRETS" not in done.stdout
    assert "UNDEFINED" not in done.stdout


def played(folder: Path, key: str, vault: str) -> subprocess.CompletedProcess[str]:
    """Run preflight alone on this machine, with a secret."""
    (folder / "hosts.yml").write_text(HOST.replace("KEY", key).replace("VAULT", vault))
    (folder / "play.yml").write_text(PLAY)
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    environ = {**os.environ, "ANSIBLE_STRATEGY": "ansible.builtin.linear", "ANSIBLE_NOCOLOR": "1"}
    command = [program, "-i", str(folder / "hosts.yml"), str(folder / "play.yml")]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
