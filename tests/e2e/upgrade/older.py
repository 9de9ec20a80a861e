"""The first version of the kit that landed, out of the repository's own history, and a host that it made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from slipway.places import KIT
from slipway.rig import Rig
from slipway.rig.play import Played, command, environment

FIRST = "343dbb4"
DOMAIN, HIDDEN = "strongbox.demo.test", "side.demo.test"
PEOPLE = Path(__file__).with_name("people.py")

# Strongbox as the demo has it, and an app that only a tunnel leads to. Nothing tests how long a release is watched.
QUICK = {"watch_seconds": 2, "drain_seconds": 5}
STRONGBOX: dict[str, Any] = {
    "name": "strongbox",
    "domains": [DOMAIN],
    "exposure": "public",
    "build": "app",
    "dockerfile": "compose/strongbox/Dockerfile",
    "secrets": ["secret_key", "kek"],
    "hook": ["flask", "db", "upgrade", "--all"],
    "snapshot": ["flask", "snapshot"],
    **QUICK,
}
SIDE = {"name": "side", "domains": [HIDDEN], "exposure": "tunnel", "build": "tests/release/tiny", **QUICK}
SECRETS = {"strongbox": {name: f"{{{{ vault_strongbox_{name} }}}}" for name in ("secret_key", "kek")}}


def take_out(folder: Path) -> Path:
    """Unpack the first version below `folder`; its programs are those of today's environment."""
    packed = subprocess.run(["git", "archive", FIRST], cwd=KIT, capture_output=True, check=False)
    assert packed.returncode == 0, (
        f"commit {FIRST}, the first version, is not in this clone's history: {packed.stderr.decode().strip()}\n"
        "next: git fetch --unshallow"
    )
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return folder


@dataclass(frozen=True)
class OldHost:
    """A rig's host that both versions of the kit work on, each with its own playbooks."""

    rig: Rig
    old_kit: Path
    inventory: Path

    def declare(self, **changes: object) -> None:
        """Write the inventory; another `env` of Strongbox is another release of the same image."""
        variables = self.inventory / "group_vars/all/main.yml"
        variables.parent.mkdir(parents=True, exist_ok=True)
        apps = [{**STRONGBOX, **changes}, SIDE]
        (self.inventory / "hosts.yml").write_text("all: {}\n")
        variables.write_text(yaml.safe_dump({"slipway_apps": apps, "slipway_secrets": SECRETS}))

    def play(self, kit: Path, verb: str, *args: str) -> Played:
        """Run a version's playbook against the host."""
        argv = command(f"playbooks/{verb}.yml", [self.inventory, self.rig.inventory], *args)
        done = subprocess.run(
            argv,
            cwd=kit,
            env={**environment(), "ANSIBLE_CONFIG": str(kit / "ansible.cfg")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Played(done.returncode, done.stdout).check()

    def people(self, verb: str) -> dict[str, list[dict[str, Any]]]:
        """Let Strongbox's people write, or read, all that they keep."""
        self.rig.visitor.put({"/tmp/people.py": PEOPLE.read_text()})
        done = self.rig.visitor.exec(["python3", "/tmp/people.py", verb, DOMAIN])
        assert done.returncode == 0, done.stderr
        found: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
        return found

    def live(self) -> str:
        """Return the release that a visitor of Strongbox gets."""
        answer = self.rig.visitor.curl(f"https://{DOMAIN}/", "--include", "--fail").stdout
        [release] = [line for line in answer.splitlines() if line.lower().startswith("x-release:")]
        return release.partition(":")[2].strip()

    def status(self) -> dict[str, dict[str, Any]]:
        """Return what today's `make status` says of each app."""
        argv = [
            sys.executable,
            *("-m", "slipway", "status"),
            "-i",
            str(self.inventory),
            "-i",
            str(self.rig.inventory),
            "--json",
        ]
        done = subprocess.run(argv, cwd=KIT, env=dict(os.environ), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        [apps] = json.loads(done.stdout)["hosts"].values()
        return {app["app"]: app for app in apps}

    def exec(self, script: str) -> str:
        """Run a shell script on the host as root and return what it prints."""
        return self.rig.host("web1").exec(["sh", "-ec", script], check=True).stdout
