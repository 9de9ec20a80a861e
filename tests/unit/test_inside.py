"""`slipway exec`: what is run where, and what is refused before anything is."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.audit import LOG
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway import inside
from slipway.environment import Environment
from slipway.inside import Place
from slipway.inventory import Inventory, Target

HOST = Target("web1", "192.0.2.1", "admin", 2222, ("-J", "jump"), key="/keys/id")
SHOP = {"name": "shop", "domains": ["shop.test"], "exposure": "public", "build": "."}
STACK = {
    **SHOP,
    "services": {"db": {"kind": "postgresql"}},
    "uses": {"db": "DATABASE_URL"},
    "processes": {"worker": {"command": ["work"]}},
}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the commands that were run in place of ssh."""
    commands: list[list[str]] = []

    def run(words: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(words)
        return subprocess.CompletedProcess(words, 7)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def declare(monkeypatch: pytest.MonkeyPatch, *apps: Mapping[str, object]) -> Environment:
    environment = Environment("production", (Path("inventories/production"),))
    monkeypatch.setattr(inside, "read_without_vault", lambda _: Inventory(environment, (HOST,), apps))
    return environment


def test_a_command_runs_in_the_container_that_is_live_by_then_and_leaves_a_line(tmp_path: Path) -> None:
    words = inside.over_ssh(
        HOST, inside.live_container("shop", "worker", ["echo", "a b", "$HOME"], tty=False), tty=False
    )
    assert words[:-1] == ["ssh", "-T", "-i", "/keys/id", "-J", "jump", "-l", "admin", "-p", "2222", "192.0.2.1"]
    sudo, *rest = shlex.split(words[-1])
    assert (sudo, rest[:2]) == ("sudo", ["sh", "-c"])
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "docker").write_text("#!/bin/sh\nprintf '%s|' \"$@\"\n")
    (bin_folder / "docker").chmod(0o755)
    script = rest[2].replace(str(LOG), str(tmp_path / "audit"))
    known = {"PATH": f"{bin_folder}:/bin:/usr/bin"}
    done = subprocess.run(["sh", "-c", script], env=known, capture_output=True, check=True)
    assert done.stdout.decode() == "exec|-i|shop-blue-worker|echo|a b|$HOME|"
    entry = json.loads((tmp_path / "audit").read_text())
    assert (entry["action"], entry["app"], entry["process"]) == ("exec", "shop", "worker")


def test_a_terminal_is_passed_on_and_root_needs_no_sudo() -> None:
    root = Target("web1", "192.0.2.1", "root")
    words = inside.over_ssh(root, inside.live_container("shop", "", ["sh"], tty=True), tty=True)
    assert "-t" in words
    assert words[-1].startswith("sh -c ")
    assert "docker exec -it shop-$slot sh" in shlex.split(words[-1])[2]


def test_the_only_app_and_host_need_no_name(monkeypatch: pytest.MonkeyPatch, ran: list[list[str]]) -> None:
    environment = declare(monkeypatch, SHOP)
    assert inside.execute(Place(environment), ["true"]) == 7, "the command's own exit code"
    assert len(ran) == 1


def test_variables_that_come_from_files_are_there_too(monkeypatch: pytest.MonkeyPatch, ran: list[list[str]]) -> None:
    environment = declare(monkeypatch, STACK)
    inside.execute(Place(environment, "shop", "worker", "web1"), ["flask", "shell"])
    assert "DATABASE_URL=$(cat /run/secrets/db_url)" in ran[0][-1]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (("shop", "wroker", ""), "app shop has no such process"),
        (("shop", "", "web2"), "the inventory has no such host"),
        (("", "", ""), "name one app, there are 2"),
    ],
)
def test_what_is_not_declared_is_refused(
    monkeypatch: pytest.MonkeyPatch, ran: list[list[str]], where: tuple[str, str, str], said: str
) -> None:
    environment = declare(monkeypatch, STACK, {**SHOP, "name": "other", "domains": ["other.test"]})
    with pytest.raises(RefusalError, match=said):
        inside.execute(Place(environment, *where), ["true"])
    assert ran == []


def test_a_run_goes_through_the_program_of_the_host(monkeypatch: pytest.MonkeyPatch, ran: list[list[str]]) -> None:
    environment = declare(monkeypatch, STACK)
    assert inside.run(Place(environment, "shop", "worker"), ["echo", "a b", "--x"]) == 7
    script = shlex.split(shlex.split(ran[0][-1])[-1])
    at = script.index("run")
    assert script[at : at + 3] == ["run", "--process", "worker"]
    assert script[-5:] == ["shop", "--", "echo", "a b", "--x"]
    assert "--tty" not in script


def test_the_console_is_flask_s(monkeypatch: pytest.MonkeyPatch, ran: list[list[str]]) -> None:
    environment = declare(monkeypatch, SHOP)
    inside.run(Place(environment), inside.CONSOLE)
    assert "exec flask shell" in ran[0][-1]


@pytest.mark.parametrize(("what", "program"), [("console", "psql"), ("dump", "pg_dump"), ("load", "pg_restore")])
def test_a_database_is_opened_where_it_runs(
    monkeypatch: pytest.MonkeyPatch, ran: list[list[str]], what: str, program: str
) -> None:
    environment = declare(monkeypatch, STACK)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert inside.database(Place(environment), what) == 7
    assert f"docker exec -i shop-services-db {program}" in ran[0][-1]
    assert f"db {what}" in ran[0][-1], "the audit line"


@pytest.mark.parametrize(
    ("app", "service", "said"),
    [
        (SHOP, "", "app shop has no such database"),
        (STACK, "queue", "app shop has no such database"),
        ({**STACK, "services": {"a": {"kind": "postgresql"}, "b": {"kind": "postgresql"}}, "uses": {}}, "", "one serv"),
    ],
)
def test_a_database_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, ran: list[list[str]], app: Mapping[str, object], service: str, said: str
) -> None:
    environment = declare(monkeypatch, app)
    with pytest.raises(RefusalError, match=said):
        inside.database(Place(environment, process=service), "console")
    assert ran == []


def test_a_dump_is_not_for_a_terminal(monkeypatch: pytest.MonkeyPatch, ran: list[list[str]]) -> None:
    environment = declare(monkeypatch, STACK)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    with pytest.raises(RefusalError, match="a dump is not for a terminal"):
        inside.database(Place(environment), "dump")
    assert ran == []
