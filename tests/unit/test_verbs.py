"""What `slipway VERB` and `make VERB` do with what people type, and mistype."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import FAILED, INTERRUPTED, REFUSED, UNKNOWN
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import as_text
from ansible_collections.slipway.kit.plugins.plugin_utils.outcome import Outcome
from slipway import cli, playbook
from slipway.commands import plays
from slipway.playbook import Run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an inventory `production`, in which the command is typed."""
    hosts = tmp_path / "inventories" / "production" / "hosts.yml"
    hosts.parent.mkdir(parents=True)
    hosts.write_text("all: {hosts: {web1: {}}}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The runs that verbs start, none of which is carried out."""
    started: list[Run] = []

    def follow(run: Run, extra: object, environ: object = None) -> int:
        started.append(run)
        return 0

    monkeypatch.setattr(plays, "follow", follow)
    return started


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["site"], "refused: ENV is missing; known: demo, production"),
        (["site", "prodution"], "refused: there is no inventory of this name (did you mean production?)"),
        (["site", "x; id"], "refused: ENV is not the lower-case name of an inventory; known: demo, production"),
        (["deply", "production"], "There is no verb `deply`. Did you mean `deploy`?"),
        (["make-tea"], "There is no verb `make-tea`. `slipway --help` lists them all."),
        (["deploy", "production", "shop", "--app", "blog"], "refused: two apps are named"),
        (["deploy", "production", "Shop"], "refused: [APP] is not the lower-case name of an app"),
        (["deploy", "production", "-i", "elsewhere"], "refused: one of ENV and --inventory says where, not both"),
        (["rollback", "production", "--ap", "shop"], "No such option '--ap'. (Did you mean one of: '--app'"),
        (["forget", "production", "shop"], "refused: deleting data asks for a yes"),
        (["forget", "production", "shop/../x", "--yes"], "refused: [NAME] is not the name of an app, or APP/SERVICE"),
        (["db", "production"], "refused: say what to do, once"),
        (["db", "production", "load"], "refused: loading a dump replaces what the database holds"),
        (["run", "production"], "refused: there is no command"),
        (["maintenance", "production"], "refused: the mode is on or off"),
        (["maintenance", "production", "maybe"], "refused: the mode is on or off"),
        (["maintenance", "production", "on", "off"], "refused: the mode is on or off"),
        (["rollback", "production", "--force=0x"], "refused: --force is not 1, or not given"),
        (
            ["rollback", "production", "--to", "v1"],
            "refused: --to is not a release id or a Git revision: 6 to 40 hexad",
        ),
        (["logs", "production", "--lines", "0"], "refused: --lines is not a number from 1 to 99999"),
        (["review", "production", "shop", "--number", "x"], "refused: --number is not the number of a merge request"),
        (
            ["tunnel", "production", "--port", "8000"],
            "refused: ENV goes with a host, the other options with this machine",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_runs(
    words: list[str], what: str, project: Path, runs: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == REFUSED
    assert what in " ".join(capsys.readouterr().err.split())
    assert runs == []


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        (["maintenance", "production", "on"], {"app_only": "", "app_maintenance": True}),
        (["maintenance", "production", "off", "shop"], {"app_only": "shop", "app_maintenance": False}),
        (["maintenance", "production", "shop", "off"], {"app_only": "shop", "app_maintenance": False}),
        (["maintenance", "production", "--mode=off", "--app=shop"], {"app_only": "shop", "app_maintenance": False}),
        (
            ["rollback", "production", "--to", "1f2e3d4c5b+"],
            {"app_only": "", "app_rollback_to": "1f2e3d4c5b+", "app_rollback_force": False},
        ),
        (
            ["rollback", "production", "--force"],
            {"app_only": "", "app_rollback_to": "", "app_rollback_force": True},
        ),
        (["tunnel", "production"], {"tunnel_force": False}),
        (["restart", "production", "shop", "--process=worker"], {"app_only": "shop", "app_restart_process": "worker"}),
        (["forget", "production", "shop/db", "--yes"], {"app_forget": "shop/db"}),
        (["deploy", "production", "shop"], {"app_only": "shop"}),
        (["review", "production", "--app=shop", "--NUMBER=7"], {"app_only": "shop", "app_review_number": "7"}),
        (["site", "production"], {}),
        (["site", "production", "--adopt"], {"app_adopt": True}),
        (["deploy", "production", "--prune=1", "--adopt=1"], {"app_only": "", "app_adopt": True, "app_prune": True}),
    ],
)
def test_words_become_variables(words: list[str], variables: dict[str, object], project: Path, runs: list[Run]) -> None:
    assert cli.main(words) == 0
    [run] = runs
    assert run.variables == variables
    assert run.environment.sources == (project / "inventories" / "production",)


def test_options_of_ansible_and_words_behind_two_dashes_reach_it(project: Path, runs: list[Run]) -> None:
    words = ["deploy", "production", "--check", "--diff", "--limit", "web1", "-vv", "-e", "a=b", "--", "--step", "x"]
    assert cli.main(words) == 0
    [run] = runs
    assert run.options == ["--check", "--diff", "-vv", "--limit", "web1", "-e", "a=b", "--step", "x"]
    assert run.variables == {"app_only": ""}


@pytest.mark.parametrize(("words", "variables"), [(["--LINES="], ("", 100)), (["shop", "--lines=7"], ("shop", 7))])
def test_logs_are_printed_line_by_line_without_controls(
    words: list[str],
    variables: tuple[str, int],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    started: list[Run] = []

    def ask(run: Run) -> playbook.Asked:
        started.append(run)
        turns = [{"item": "shop", "lines": ["one", "two \x1b[2J"]}]
        return playbook.Asked(("web1", "web2"), {"web2": "no route"}, ({"hosts": {"web1": {"results": turns}}},))

    monkeypatch.setattr("slipway.logs.ask", ask)
    assert cli.main(["logs", "production", *words]) == UNKNOWN
    assert (started[0].variables["app_only"], started[0].variables["app_log_lines"]) == variables
    printed = capsys.readouterr()
    assert printed.out == "one\ntwo \\x1b[2J\n"
    assert printed.err == "web2: no route\n"


def test_a_run_prints_a_line_per_part_unless_more_is_asked_for(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    extras: list[dict[str, str]] = []

    def follow(_: Run, extra: dict[str, str], __: object = None) -> int:
        extras.append(extra)
        return 0

    monkeypatch.delenv("ANSIBLE_STDOUT_CALLBACK", raising=False)
    monkeypatch.setattr(plays, "follow", follow)
    for words in ([], ["-v"], ["--check"], ["--diff"]):
        assert cli.main(["site", "production", *words]) == 0
    monkeypatch.setenv("ANSIBLE_STDOUT_CALLBACK", "json")
    assert cli.main(["site", "production"]) == 0
    log = str(project / ".logs" / "production-site.log")
    assert extras == [{"ANSIBLE_STDOUT_CALLBACK": "slipway.kit.progress", "ANSIBLE_LOG_PATH": log}, {}, {}, {}, {}]


def test_no_text_among_the_variables_is_a_template(project: Path, runs: list[Run]) -> None:
    assert cli.main(["deploy", "production", "shop"]) == 0
    command = runs[0].command()
    assert json.loads(command[command.index("--extra-vars") + 1]) == as_text({"app_only": "shop"})
    assert command[-3] == str(ROOT / "playbooks/deploy.yml")


def test_an_inventory_elsewhere_takes_the_place_of_the_name(tmp_path: Path, runs: list[Run]) -> None:
    assert cli.main(["site", "-i", str(tmp_path / "staging"), "-i", str(tmp_path / "more")]) == 0
    assert runs[0].environment.name == "staging"
    assert runs[0].environment.sources == (tmp_path / "staging", tmp_path / "more")


def test_the_demo_comes_with_the_kit_and_has_to_be_up(
    project: Path, runs: list[Run], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("slipway.environment.rigs", lambda: project / "rigs")
    assert cli.main(["site", "demo"]) == REFUSED
    assert "refused: the demo is not up" in capsys.readouterr().err
    (project / "rigs" / "demo" / "inventory").mkdir(parents=True)
    assert cli.main(["site", "demo"]) == 0
    assert runs[0].environment.sources == (ROOT / "inventories" / "demo", project / "rigs" / "demo" / "inventory")


def test_a_folder_below_the_project_is_as_good(project: Path, runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "src" / "shop").mkdir(parents=True)
    monkeypatch.chdir(project / "src" / "shop")
    assert cli.main(["site", "production"]) == 0
    assert runs[0].environment.source == project


@pytest.mark.parametrize(
    ("code", "outcome", "expected"),
    [
        (0, Outcome(["web1"]), 0),
        (2, Outcome(["web1"], ["web1"]), FAILED),
        (2, Outcome(["web1"], ["web1"], refused=True), REFUSED),
        (4, Outcome(["web1"], [], ["web1"]), UNKNOWN),
        (4, Outcome(["web1", "web2"], ["web2"], ["web1"]), FAILED),
        (4, Outcome(["web1"], [], ["web1"], changed=3), FAILED),
        (1, Outcome([]), UNKNOWN),
        (1, None, REFUSED),
        (250, None, FAILED),
        (99, None, INTERRUPTED),
    ],
)
def test_the_end_of_a_run_becomes_an_exit_code(code: int, outcome: Outcome | None, expected: int) -> None:
    assert playbook.exit_code(code, outcome) == expected


PLAY = """- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.command: "true"
      when: touch | default(false) | bool
    - ansible.builtin.assert: {that: not (refuse | default(false) | bool)}
    - ansible.builtin.command: "false"
      when: fail | default(false) | bool
"""


@pytest.mark.parametrize(
    ("variables", "host", "expected"),
    [
        ("", "local", 0),
        ("refuse=1", "local", REFUSED),
        ("refuse=1 touch=1", "local", FAILED),
        ("fail=1", "local", FAILED),
        ("touch=1", "ssh", UNKNOWN),
    ],
)
def test_a_run_says_whether_it_refused_failed_or_never_came_to_a_host(
    variables: str, host: str, expected: int, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "playbooks").mkdir()
    (project / "playbooks" / "site.yml").write_text(PLAY)
    monkeypatch.setattr(playbook, "KIT", project)
    monkeypatch.setenv("ANSIBLE_CONFIG", str(ROOT / "ansible.cfg"))
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", str(ROOT))
    monkeypatch.setenv("ANSIBLE_STRATEGY", "ansible.builtin.linear")
    connection = {"ansible_connection": host, "ansible_host": "127.0.0.1", "ansible_port": 1}
    python = {"ansible_python_interpreter": sys.executable}
    inventory = project / "inventories" / "production" / "hosts.yml"
    inventory.write_text(json.dumps({"all": {"hosts": {"web1": connection | python}}}))
    extra = ["-e", variables] if variables else []
    assert cli.main(["site", "production", *extra]) == expected


def test_ansible_refuses_a_misspelt_inventory() -> None:
    said = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "-i", "inventories/prodution", "playbooks/site.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode != 0
    assert "inventories/prodution" in said.stderr
