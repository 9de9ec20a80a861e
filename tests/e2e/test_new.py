"""From an empty folder to a full stack on HTTPS, by the commands that the project's README and `slipway new` print."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slipway.rig import Rig
from tests.e2e.test_installed import Person, install

pytestmark = [pytest.mark.rig, pytest.mark.long]

PREPARED = True
HOSTS = {"web1": ["shop.test"]}
SITE = "https://shop.test"
PASSWORD = "correct horse battery"
PEOPLE = {"email": "ann@example.com", "password": PASSWORD}
CHANGED = "backend/src/app/jobs/tasks.py"


class Stack(Person):
    """The person, their project on its host, and the API as a visitor."""

    def call(self, method: str, path: str, given: object = None, token: str = "") -> Any:
        """Return what the API answers, which must be good."""
        headers = ["Content-Type: application/json", f"Authorization: Bearer {token}"]
        body = [] if given is None else ["--data", json.dumps(given)]
        how = ["--fail-with-body", "-X", method, *(word for one in headers for word in ("-H", one)), *body]
        answer = self.rig.visitor.curl(f"{SITE}/api/{path}", *how)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return json.loads(answer.stdout or "null")

    def good(self, *words: str, where: Path | None = None) -> str:
        """Run a command that must end well; returns what it printed."""
        done = self.slipway(*words, where=where)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def report(self, token: str, longest_s: float = 60) -> dict[str, Any]:
        """Ask for a report and return it when it is done."""
        asked = self.call("POST", "reports", {"title": "People"}, token)
        assert asked["state"] == "queued"
        return self.until_done(asked["id"], token, longest_s)

    def until_done(self, report: str, token: str, longest_s: float) -> dict[str, Any]:
        """Wait for a report."""
        deadline = time.monotonic() + longest_s
        while (found := self.call("GET", f"reports/{report}", None, token))["state"] != "done":
            assert time.monotonic() < deadline, found
            time.sleep(0.5)
        return dict(found)

    def host(self, *words: str) -> str:
        """Run a command on the host."""
        return self.rig.host("web1").exec([*words], check=True).stdout


@pytest.fixture(scope="module")
def stack(rig: Rig) -> Iterator[Stack]:
    """Yield the default project on its host: new, init, site."""
    with tempfile.TemporaryDirectory(prefix="kit-") as name:
        made = Stack(rig, Path(name))
        install(made.home)
        began = time.monotonic()
        printed = made.good("new", "shop", "--domain", "shop.test", "--defaults", where=made.home)
        commands = [line for line in printed.splitlines() if line.startswith("  ")]
        assert len(commands) <= 10, "the way from nothing to HTTPS is ten commands at most"
        assert "slipway site production" in commands[-1]
        _init(made)
        made.good("site", "production")
        print(f"from an empty folder to HTTPS: {time.monotonic() - began:.0f} s, {len(commands) + 1} commands")
        yield made


def _init(stack: Stack) -> None:
    """Give production the rig's host; its authority is the rig's instead of Let's Encrypt."""
    shutil.copy(stack.rig.folder / "id_ed25519", stack.home / "key")
    answers = ["--host", stack.rig.host("web1").address, "--ssh-key", str(stack.home / "key")]
    words = ["init", "production", *answers, "--email", "me@example.com"]
    refused = stack.slipway(*words)
    assert refused.returncode == 2, refused.stdout
    fingerprint = next(word for word in refused.stdout.split() if word.startswith("SHA256:"))
    stack.good(*words, "--host-key", fingerprint)
    authority = (stack.rig.inventory / "group_vars/all/acme.yml").read_text(encoding="utf-8")
    shutil.copytree(stack.rig.folder, stack.home / "rig", ignore=shutil.ignore_patterns("inventory"))
    authority = authority.replace(str(stack.rig.folder), str(stack.home / "rig"))
    (stack.app / "inventories/production/group_vars/all/acme.yml").write_text(authority, encoding="utf-8")


@pytest.fixture(scope="module")
def token(stack: Stack) -> str:
    """Sign up, log in, and return the access token."""
    assert stack.call("POST", "users", PEOPLE)["groups"] == []
    return str(stack.call("POST", "tokens", PEOPLE)["access_token"])


def test_a_report_goes_through_api_queue_worker_and_database(stack: Stack, token: str) -> None:
    assert stack.report(token)["text"] == "People: 1 people have an account."


def test_the_page_is_on_the_same_domain_and_knows_its_environment(stack: Stack) -> None:
    page = stack.rig.visitor.curl(f"{SITE}/", "--fail", "--include").stdout
    assert "default-src 'self'" in page
    assert stack.rig.visitor.curl(f"{SITE}/config.json", "--fail").stdout == '{"title": "Shop"}\n'
    [asset] = re.findall(r'src="(/assets/[^"]+\.js)"', page)
    assert "immutable" in stack.rig.visitor.curl(f"{SITE}{asset}", "--fail", "--include").stdout
    assert stack.rig.visitor.curl(f"{SITE}/assets/gone.js", "--fail").returncode != 0
    assert stack.rig.visitor.curl(f"{SITE}/any/place", "--fail").stdout in page


def test_a_new_developer_needs_make_and_python_only(stack: Stack) -> None:
    """The environment of `make test` is made by pip, as the project's Makefile says."""
    paths = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": os.environ["HOME"]}
    done = subprocess.run(["make", "test"], cwd=stack.app, env=paths, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_an_admin_is_made_by_a_command_and_sees_all_users(stack: Stack, token: str) -> None:
    told = stack.good("run", "production", "--", "flask", "users", "grant", "ann@example.com")
    assert "ann@example.com is in admin." in told
    assert [user["email"] for user in stack.call("GET", "users", None, token)] == ["ann@example.com"]


def test_the_worker_has_no_flask_and_beat_is_alone(stack: Stack) -> None:
    names = stack.host("docker", "ps", "--format", "{{.Names}}").split()
    [worker] = [name for name in names if name.endswith("-worker")]
    assert len([name for name in names if name.endswith("-beat")]) == 1
    asked = ["docker", "exec", worker, "python", "-c", "import flask"]
    assert "No module named 'flask'" in stack.rig.host("web1").exec(asked).stderr


def test_a_job_that_always_fails_lies_in_the_queue_of_the_dead(stack: Stack) -> None:
    send = "from app.jobs import celery; celery.send_task('app.jobs.tasks.write_report', ['not an id'])"
    stack.good("exec", "production", "--process", "worker", "--", "python", "-c", send)
    asked = (
        "docker",
        "exec",
        "shop-services-queue",
        "rabbitmqctl",
        "-q",
        "list_queues",
        "-p",
        "shop",
        "name",
        "messages",
    )
    deadline = time.monotonic() + 120  # 62 s between five tries
    while "dead\t1" not in (found := stack.host(*asked)):
        assert time.monotonic() < deadline, found
        time.sleep(5)


def test_no_job_is_lost_while_the_queue_is_away(stack: Stack, token: str) -> None:
    stack.host("docker", "kill", "shop-services-queue")
    asked = [stack.call("POST", "reports", {"title": "Away"}, token)["id"] for _ in range(3)]
    stack.good("deploy", "production")
    for report in asked:
        stack.until_done(report, token, 120)


def test_a_change_is_released_and_what_people_have_stays(stack: Stack, token: str) -> None:
    before = stack.call("GET", "reports", None, token)
    source = stack.app / CHANGED
    source.write_text(source.read_text().replace("people have an account", "persons have an account"))
    stack.good("deploy", "production")
    assert stack.report(token)["text"] == "People: 1 persons have an account."
    assert [one["id"] for one in stack.call("GET", "reports", None, token)][1:] == [one["id"] for one in before]
    stack.good("rollback", "production")
    assert stack.report(token)["text"] == "People: 1 people have an account."
