"""An app on a rig's host, released by the engine itself: what the fault tests turn and break."""

from __future__ import annotations

import itertools
import json
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.image_request import (
    ImageRequest,
    ResolvedImage,
    pack_for,
    resolve,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.template import compose_file, services_file
from slipway.rig import Rig
from slipway.rig.host import Host
from tests.templates.rendering import render

ROOT = Path(__file__).resolve().parents[2]
MODULES = "plugins/module_utils"
# What the engine and the program that it writes are made of, and where it lies on the host: under its full name.
ENGINE = ROOT / MODULES
THERE = f"/opt/engine/ansible_collections/slipway/kit/{MODULES}"
TINY = "tests/release/tiny"
SITE = "caddy/site.caddy.j2"
FRONT = {"admin_socket": "/run/caddy/admin.sock", "logs": "/var/log/caddy"}
SECRET = {"token": "for the test only"}
# What runs in the visitor.
LOAD, STRANGERS = "/opt/load.py", "/opt/strangers.py"
# The same app, as one that must never run twice at a time.
SOLO: dict[str, Any] = {"name": "solo", "domains": ["solo.test"], "overlap": False}
SOLO_VISITORS: dict[str, Any] = {"host": "solo.test", "rate": 20, "clients": 6, "slow": 0, "streams": 0}

READY = ["python3", "-I", "-c", "import os, sys; sys.exit(not os.path.exists('/tmp/ready'))"]
# The same app with more processes: one that works, one that is never there twice, one that serves a part of the domain.
BEHIND: dict[str, Any] = {
    "worker": {"command": ["work"], "ready": READY, "stop_grace_seconds": 10},
    "beat": {"command": ["beat"], "ready": READY, "single": True},
}
PAGES: dict[str, Any] = {"port": 8000, "path": "/pages", "readiness_path": "/pages/readyz", "env": {"ROLE": "pages"}}
# What outlives releases; any image will do.
STORE: dict[str, Any] = {"store": {"build": TINY, "port": 8000, "url": "http://{user}:{password}@{host}:{port}/"}}
STACK: dict[str, Any] = {"processes": {**BEHIND, "pages": PAGES}, "services": STORE, "uses": {"store": "STORE_URL"}}

Answer = dict[str, Any]


def tiny(**fields: object) -> dict[str, object]:
    """Return the test app as the inventory declares it; quick where production is patient."""
    quick: dict[str, object] = {
        "name": "tiny",
        "domains": ["app.test"],
        "exposure": "public",
        "build": TINY,
        "secrets": ["token"],
        "watch_seconds": 0,
        "gate_timeout_seconds": 20,
        "stop_grace_seconds": 2,
        "max_body_mib": 1,
    }
    return quick | fields


@dataclass
class Seen:
    """What the visitors of a block saw; filled when the block is over."""

    report: Answer = field(default_factory=dict)

    @property
    def failures(self) -> int:
        """Requests that a person would call failed."""
        return int(self.report["failures"])

    def unexcused(self, began: float, ended: float) -> list[float]:
        """Return when each failed request was sent but those on a connection that was reused between two instants.

        What a server closes in the instant in which a client uses it again is lost without anybody's fault.
        """
        return [at for at, reused in self.report["lost"] if not (reused and began <= at <= ended)]

    @property
    def releases(self) -> list[str]:
        """Release ids in the order in which they were first seen."""
        return sorted(self.report["releases"], key=lambda each: float(self.report["releases"][each]))


class Target:
    """The tiny app on one host of a rig."""

    def __init__(self, rig: Rig, host: Host) -> None:
        self.rig, self.host = rig, host
        self._numbers = itertools.count()
        self._image = resolve(ImageRequest(complete([tiny()])[0], ROOT))
        parts = list(ENGINE.rglob("*.py"))
        self.host.put({f"{THERE}/{file.relative_to(ENGINE)}": file.read_bytes() for file in parts})
        self.host.put({"/opt/drive.py": (ROOT / "tests/release/drive.py").read_bytes()})
        for program in (LOAD, STRANGERS):
            self.rig.visitor.put({program: (ROOT / "tests/release" / Path(program).name).read_bytes()})

    def send_image(self) -> None:
        """Bring the image to the host, as the action plugin does."""
        self.send(self._image, "/var/tmp/image.tar.gz")

    def send(self, image: ResolvedImage, path: str) -> None:
        """Bring another image to the host; `path` is where it lies there meanwhile."""
        with tempfile.TemporaryDirectory() as folder:
            packed = pack_for(image, 0, Path(folder) / "image.tar.gz")
            self.host.put({path: packed.path.read_bytes()})
        self.host.exec(["docker", "load", "-q", "-i", path], check=True)
        self.host.exec(["rm", path], check=True)

    def order(
        self, version: str = "", behaviour: str = "good", turn_s: float = 5, *, site: bool = False, **fields: object
    ) -> Answer:
        """Return the order for a release; another `version` is another release of the same image.

        With `site` it brings its site along, each version another one.
        """
        version = version or f"v{next(self._numbers)}"
        env = {"VERSION": version, "BEHAVIOUR": behaviour, "TURN_S": str(turn_s)}
        app = complete([tiny(env=env, **fields)])[0]
        return {
            "state": "live",
            "phase": "all",
            "app": app,
            "images": {name: self._image.described() for name in cast("dict[str, object]", app["images"])},
            "compose": compose_file(app),
            "services": services_file(app),
            "site": f"{render('caddy', SITE, app=app)}# of {version}\n" if site else "",
            "secrets": SECRET,
            "front": FRONT,
            "owner": "tester@rig",
            "lease": "",
            "target": "",
            "force": False,
            "failed_host": "",
            "lines": 100,
        }

    def drive(self, order: Answer, *args: str) -> Answer:
        """Let the engine carry an order out; returns its answer, failures too."""
        done = self.host.exec(["python3", "/opt/drive.py", json.dumps(order), *args])
        try:
            answer: Answer = json.loads(done.stdout.splitlines()[-1])
        except (ValueError, IndexError):
            raise AssertionError(f"the engine said no sentence\n{done.stdout}{done.stderr}") from None
        return answer

    def deploy(self, version: str = "", behaviour: str = "good", turn_s: float = 5, **fields: Any) -> Answer:
        """Deploy a release."""
        return self.drive(self.order(version, behaviour, turn_s, **fields))

    def roll_back(self, to: str = "", *, force: bool = False, **fields: Any) -> Answer:
        """Go back."""
        return self.drive(self.order(**fields) | {"state": "rolled_back", "target": to, "force": force})

    def front_errors(self) -> str:
        """Return what Caddy complained of last: why a visitor got a 5xx."""
        errors = "journalctl -u caddy --output cat --no-pager | grep ERROR | tail -n 5"
        return self.host.exec(["sh", "-c", errors]).stdout

    def status(self) -> Answer:
        """Return what `make status` knows."""
        return dict(self.drive(self.order() | {"state": "status"})["status"])

    def let_go_on(self, order: Answer) -> None:
        """Let a release with the behaviour `waits` become ready."""
        version = order["app"]["env"]["VERSION"]
        self.host.put({f"/var/lib/slipway/apps/tiny/data/go-{version}": ""})

    def wait_until_free(self, longest_s: float = 180) -> Answer:
        """Return the status as soon as nobody changes the app."""
        deadline = time.monotonic() + longest_s
        while (status := self.status())["busy"] and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not status["busy"], f"still changed by {status['busy']} after {longest_s} s"
        return status

    def live(self, domain: str = "app.test") -> str:
        """Return the release that a visitor gets, from the header of an answer over HTTPS."""
        answer = self.rig.visitor.curl(f"https://{domain}/", "--include").stdout
        headers = [line for line in answer.splitlines() if line.lower().startswith("x-release:")]
        return headers[0].split(":")[1].strip() if headers else ""

    def running(self, app: str = "tiny") -> list[str]:
        """Return the names of an app's running containers."""
        return self._containers(app, "--filter", "status=running")

    def all_containers(self, app: str = "tiny") -> list[str]:
        """Return the names of all containers of an app."""
        return self._containers(app, "--all")

    def docker(self, *args: str) -> str:
        """Run Docker's command on the host."""
        return self.host.exec(["docker", *args], check=True).stdout

    def _containers(self, app: str, *args: str) -> list[str]:
        label = f"label=org.slipway.app={app}"
        return sorted(self.docker("ps", *args, "--filter", label, "--format", "{{.Names}}").split())

    @contextmanager
    def visitors(self, **given: object) -> Iterator[Seen]:
        """Let visitors ask while the block runs, from its very beginning; their report is there afterwards."""
        with self._meanwhile(LOAD, {"rate": 50, **given}) as seen:
            yield seen

    @contextmanager
    def strangers(self) -> Iterator[Seen]:
        """Let strangers spoil their own requests while the block runs; the report counts what came of each kind."""
        with self._meanwhile(STRANGERS, {"seconds": 120}) as seen:
            yield seen

    @contextmanager
    def _meanwhile(self, program: str, given: Answer) -> Iterator[Seen]:
        stop = f"/tmp/stop-{uuid.uuid4()}"
        seen, done = Seen(), []
        argv = ["python3", program, json.dumps({"host": "app.test", "stop": stop, **given})]
        thread = threading.Thread(target=lambda: done.append(self.rig.visitor.exec(argv)))
        thread.start()
        begun = f"until [ -e {stop}.begun ]; do sleep 0.05; done"
        self.rig.visitor.exec(["timeout", "120", "sh", "-c", begun], check=True)
        try:
            yield seen
        finally:
            self.rig.visitor.exec(["touch", stop])
            thread.join()
        said: subprocess.CompletedProcess[str] = done[0]
        assert said.returncode == 0, said.stderr
        seen.report = json.loads(said.stdout)
