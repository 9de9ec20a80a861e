"""A host that is made up: containers are entries of a table, Compose writes into it, time passes when somebody sleeps.

A stand-in: tests/e2e/release does the same with the real ones.
"""

# ruff: noqa: ARG002  # who is made up looks at few arguments

from __future__ import annotations

import itertools
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.slipway.kit.plugins.module_utils.release import (
    audit,
    confinement,
    dispatch,
    gate,
    host_program,
    register,
    site,
    timers,
)
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Container, Engine, Image
from ansible_collections.slipway.kit.plugins.module_utils.release.labels import RELEASE_LABEL
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.template import compose_file
from tests.unit.released import tiny_app

Answer = dict[str, Any]
IMAGE = "sha256:" + "1" * 64


class FakeDocker(Engine):
    """Containers by name, and in `done` what was done to them, in order."""

    def __init__(self) -> None:
        super().__init__("/nowhere")
        self.all: dict[str, Container] = {}
        self.done: list[str] = []
        self.ready: Callable[[str], int] = lambda _name: 0
        self.ends: set[str] = set()  # containers that end as soon as they start
        self._ids = itertools.count()

    def image(self, reference: str) -> Image | None:
        """Whatever is asked for is here."""
        return Image(reference, "f", (), {}, 1, (), entrypoint=("serve",))

    def images(self) -> list[Image]:
        """Nobody counts them."""
        return []

    def tag(self, image_id: str, repository: str, tag: str) -> None:
        """Names matter to nobody here."""

    def container(self, name: str) -> Container | None:
        """Return a container by name or id."""
        return next((each for each in self.all.values() if name in (each.name, each.id)), None)

    def containers(self, *labels: str) -> list[str]:
        """Return the ids of those that have all labels."""
        asked = [label.partition("=") for label in labels]
        return [
            each.id
            for each in self.all.values()
            if all(key in each.labels and (not equals or each.labels[key] == value) for key, equals, value in asked)
        ]

    def make(self, name: str, labels: Mapping[str, str], ports: tuple[int, ...]) -> None:
        """Create and start a container, as Compose does."""
        self.done.append(f"start {name}")
        running = name not in self.ends
        made = Container(f"id{next(self._ids)}", name, IMAGE, running, False, 0, 3, False, "", dict(labels), ports)
        self.all[name] = made

    def start(self, name: str) -> None:
        """Start a stopped container."""
        if not self.all[name].running:
            self.done.append(f"start {name}")
            self.all[name] = replace(self.all[name], running=True)

    def stop(self, name: str, grace_s: int) -> None:
        """Stop a container; none is fine."""
        found = self.container(name)
        if found and found.running:
            self.done.append(f"stop {found.name}")
            self.all[found.name] = replace(found, running=False)

    def remove(self, name: str) -> None:
        """Remove a container; none is fine."""
        found = self.container(name)
        if found:
            self.done.append(f"remove {found.name}")
            del self.all[found.name]

    def restart_policy(self, name: str, policy: str) -> None:
        """Nothing restarts here."""
        assert name in self.all

    def logs(self, name: str, lines: int) -> list[str]:
        """Return what every container writes."""
        return [f"{name} writes"]

    def run_in(self, name: str, argv: Sequence[str], timeout_s: float) -> tuple[int, str]:
        """Ask a worker whether it is ready."""
        self.done.append(f"ask {name}")
        return self.ready(name), "not yet"

    def running(self) -> set[str]:
        """Return the names of those that run."""
        return {each.name for each in self.all.values() if each.running}


class FakeHost:
    """One app on a host; `answers` is what a process answers to the gate, by container name."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, **fields: object) -> None:
        self.folder, self.docker = folder, FakeDocker()
        self.app = tiny_app(folder, **fields)
        self.answers: dict[str, int] = {}
        self.caddy_says: dict[str, str] = {}  # by the word of its command: why it refuses
        self.now = 0.0
        self._numbers = itertools.count()
        monkeypatch.setattr(os, "fchown", lambda *_: None)  # the folders are root's on a host
        monkeypatch.setattr(audit, "LOG", folder / "audit.jsonl")
        monkeypatch.setattr(confinement, "BOOTED", folder / "not")
        monkeypatch.setattr(dispatch, "Engine", lambda: self.docker)
        monkeypatch.setattr(host_program, "PATH", folder / "program" / "slipway.pyz")
        monkeypatch.setattr(timers, "FOLDER", folder / "units")
        monkeypatch.setattr(register, "FOLDER", folder / "register")
        monkeypatch.setattr(site, "CADDY", folder / "caddy")
        monkeypatch.setattr(subprocess, "run", self._compose)
        monkeypatch.setattr(gate, "probe", self._probe)
        monkeypatch.setattr(time, "sleep", self._sleep)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def deploy(self, version: str, **fields: object) -> Answer:
        """Deploy a release; another version is another one."""
        return self.deploy_with({}, version, **fields)

    def deploy_with(self, given: Mapping[str, object], version: str, **fields: object) -> Answer:
        """Deploy a release, with further parameters of the module."""
        app = self.declare(env={"VERSION": version}, **fields)
        order = {"compose": compose_file(app), "images": {"app": {"id": IMAGE}}, "secrets": {}, **given}
        return self.drive(app, state="live", **order)

    def roll_back(self, **fields: object) -> Answer:
        """Go back to the last good release."""
        return self.drive(self.declare(**fields), state="rolled_back", target="", force=False)

    def declare(self, **fields: object) -> Answer:
        """Return the app with other fields, in the same folders."""
        fresh = tiny_app(self.folder / "unused" / str(next(self._numbers)), **fields)
        return {**fresh, **{key: self.app[key] for key in ("root", "live_dir", "data_dir", "secrets_dir")}}

    def drive(self, app: Answer, **given: object) -> Answer:
        """Carry an order out."""
        order = {"phase": "all", "owner": "t", "lease": "", "app": app, "lines": 1, "failed_host": "", **given}
        answer: Answer = dispatch.dispatch(order, check_mode=False)
        return answer

    @property
    def live(self) -> str:
        """The release that visitors get."""
        live = Path(str(self.app["live_dir"]))
        slot = "green" if (live / "green").exists() else "blue"
        named = live / f"{slot}.release"
        return named.read_text() if named.exists() else ""

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def _probe(self, _app: object, port: int, *_: object, **__: object) -> gate.Probe:
        name = next((each.name for each in self.docker.all.values() if port in each.ports and each.running), "")
        self.now += 0.01
        return gate.Probe(self.answers.get(name, 200)) if name else gate.Probe(0, problem="refused")

    def _compose(self, command: Sequence[str], **given: Any) -> subprocess.CompletedProcess[str]:
        words = list(command)
        if told := next((self.caddy_says[word] for word in words if word in self.caddy_says), ""):
            return subprocess.CompletedProcess(words, 1, "", told)
        if "compose" in words and "up" in words:
            project = words[words.index("--project-name") + 1]
            file = yaml.safe_load(Path(words[words.index("--file") + 1]).read_text())
            named = words[words.index("--renew-anon-volumes") + 1 :]
            environment: Mapping[str, str] = given["env"]
            for name in named:
                self._made(file["services"][name], project, environment)
        return subprocess.CompletedProcess(words, 0, "", "")

    def _made(self, service: Mapping[str, Any], project: str, environment: Mapping[str, str]) -> None:
        slot = project.rpartition("-")[2]
        name = str(service["container_name"]).replace("${SLIPWAY_SLOT:?}", slot)
        variables = [str(port["published"])[2:].partition(":")[0] for port in service.get("ports") or []]
        labels = {"org.slipway.app": "tiny", "org.slipway.slot": slot, RELEASE_LABEL: environment["SLIPWAY_RELEASE"]}
        self.docker.make(name, labels, tuple(int(environment[variable]) for variable in variables))

    def audit(self) -> list[Answer]:
        """Return the audit log."""
        return [json.loads(line) for line in (self.folder / "audit.jsonl").read_text().splitlines()]
