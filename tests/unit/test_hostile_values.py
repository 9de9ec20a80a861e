"""Values from outside are text: whatever stands in one, no shell, make or template of the control machine runs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.forms.inputs import INPUTS, faults
from slipway import cli
from slipway.given import JOB_FORMS
from slipway.init.ask import gather
from slipway.init.errors import InitError
from slipway.pipeline import jobs

ROOT = Path(__file__).resolve().parents[2]
ANSIBLE = str(Path(sys.executable).with_name("ansible-playbook"))
INVENTORY = """all:
  hosts: {web1: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}}
  vars:
    slipway_apps: [{name: shop, domains: [shop.test], exposure: private, build: .}]
"""
# CANARY stands for the file that shows that a command ran.
TEMPLATES = {
    "template": "{{ lookup('pipe', 'touch CANARY') }}",
    "template behind a good value": "abcdef1{{ lookup('pipe', 'touch CANARY') }}",
    "statement": "{% if lookup('pipe', 'touch CANARY') %}{% endif %}",
}
COMMANDS = {
    "substitution": "$(touch CANARY)",
    "make function": "$(shell touch CANARY)",
    "backticks": "`touch CANARY`",
    "single quote": "'; touch CANARY; '",
    "double quote": '"; touch CANARY; "',
    "end of JSON": """x"}'; touch CANARY; echo '{"a": "b""",
    "second line": "abcdef1\ntouch CANARY",
}
HOSTILE = {
    **TEMPLATES,
    **COMMANDS,
    "option": "--config=CANARY",
    "control characters": "abcdef1\x1b]0;owned\x07",
    "other digits": "\u0667",
    "long": "a" * 5000,
}

# No shell ever sees these, so that they may be called anything that is not a template.
FREE = {"app_source_dir", "app_base_image"}

every = pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
commands = pytest.mark.parametrize("hostile", COMMANDS.values(), ids=COMMANDS)
templates = pytest.mark.parametrize("hostile", TEMPLATES.values(), ids=TEMPLATES)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """The file that a command would leave."""
    return tmp_path / "canary"


@every
@pytest.mark.parametrize("name", [*JOB_FORMS, "environment", "app"])
def test_a_job_refuses_a_value_before_anything_is_touched(  # I-07
    name: str, hostile: str, canary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    value = hostile.replace("CANARY", str(canary))
    monkeypatch.setitem(jobs.JOBS, "rollback", lambda *_: canary.write_text("reached"))
    words = {"environment": "production", "app": "shop"}
    if name in words:
        words[name] = value
    else:
        monkeypatch.setenv(name, value)
    assert cli.main(["pipeline", f"--app={words['app']}", "--", "rollback", words["environment"]]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"refused: {name} is not ")
    assert "\x1b" not in said
    assert [line[:8] for line in said.splitlines()[1:]] == ["  value:", "  where:", "  next: "]
    assert not canary.exists()


@templates
@pytest.mark.parametrize("name", sorted(FREE))
def test_no_extra_variable_is_a_template(name: str, hostile: str) -> None:
    assert len(faults({name: hostile})) == 1
    assert len(faults({"app_images": {"shop": hostile}})) == 1
    assert len(faults({"app_images": {hostile: "sha256:1"}})) == 1
    assert len(faults({"app_review_secrets": {"shop": {"key": hostile}}})) == 1


@every
@pytest.mark.parametrize("name", sorted(INPUTS.keys() - FREE))
def test_an_extra_variable_of_another_form_is_named(name: str, hostile: str) -> None:
    [fault] = faults({name: hostile})
    assert fault.startswith(f"{name}: ")
    assert fault.isprintable()


@every
@pytest.mark.parametrize("variable", ["HOST", "SSH_USER", "SSH_PORT", "SSH_KEY", "APP", "SOURCE", "DOMAIN", "EMAIL"])
def test_init_writes_no_such_answer(variable: str, hostile: str) -> None:
    given = {"HOST": "192.0.2.7", "DOMAIN": "box.test", "EMAIL": "a@b.test", "APP": "shop", "SOURCE": str(ROOT / "app")}
    with pytest.raises(InitError) as refused:
        gather({**given, variable: hostile}, None)
    assert variable in str(refused.value)


@commands
@pytest.mark.parametrize(
    "words",
    [
        ["init", "EMAIL"],
        ["init", "HOST"],
        ["tunnel", "PORT"],
        ["tunnel", "SERVICE"],
        ["local", "APP"],
        ["local-logs", "NAME"],
        ["status", "APP"],
        ["rollback", "TO"],
        ["maintenance", "MODE"],
        ["logs", "LINES"],
        ["review", "NUMBER"],
        ["ci-local", "JOB"],
    ],
    ids=" ".join,
)
def test_make_hands_a_word_on_letter_by_letter(words: list[str], hostile: str, tmp_path: Path, canary: Path) -> None:
    verb, name = words
    value = hostile.replace("CANARY", str(canary))
    env = [] if verb in ("tunnel", "local", "local-logs", "ci-local") else ["ENV=production"]
    seen = made(tmp_path, [verb, *env, f"{name}={value}"])
    assert not canary.exists()
    assert seen["environment"][name] == value
    assert (value if verb == "ci-local" else f"--{name}={value}") in seen["words"]


@commands
@pytest.mark.parametrize("verb", ["site", "init", "audit", "ci-setup", "local"])
def test_only_a_name_is_taken_for_the_name_of_an_inventory(
    verb: str, hostile: str, tmp_path: Path, canary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value = hostile.replace("CANARY", str(canary))
    words = list(made(tmp_path, [verb, f"ENV={value}"])["words"])
    assert (f"--ENV={value}" if verb == "local" else value) in words
    assert cli.main(words[words.index("slipway") + 1 :]) == 2

    assert re.search("is not (a|the) lower-case name", capsys.readouterr().err)
    assert not canary.exists()


def made(folder: Path, words: list[str]) -> dict[str, dict[str, str]]:
    """Run make with programs that only write down what they get; return that, nothing where none was started."""
    seen, program = folder / "seen.json", folder / "bin" / "python"
    program.parent.mkdir(exist_ok=True)
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"json.dump({{'words': sys.argv[1:], 'environment': dict(os.environ)}}, open({str(seen)!r}, 'w'))\n"
    )
    program.chmod(0o755)
    program.with_name("ansible-playbook").write_text(program.read_text())
    old = [word for file in (".user", ".dev") for word in ("-o", f".venv/{file}")]
    command = ["make", *old, f"BIN={program.parent}", *words]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False, env=clean(os.environ))
    found: dict[str, dict[str, str]] = json.loads(seen.read_text()) if seen.exists() else {}
    return found


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith("MAKE")}
