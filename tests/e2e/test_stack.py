"""A whole stack from a bare host: API, worker, beat, frontend, PostgreSQL and RabbitMQ by one command, then day two."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.rig import Rig
from slipway.rig.play import environment

pytestmark = pytest.mark.rig

HOSTS = {"web1": ["shop.test"]}
PREPARED = True
ROOT = Path(__file__).resolve().parents[2]
APPS = ROOT / "tests" / "apps" / "shop"
SITE = "https://shop.test"
PROBE = ["python3", "-I", "/opt/shop/probe.py", "work"]


def declared(version: str) -> dict[str, Any]:
    """Return the app; another version is another release."""
    backend = str(APPS / "backend")
    return {
        "name": "shop",
        "domains": ["shop.test"],
        "exposure": "public",
        "build": backend,
        "target": "api",
        "path": "/api",
        "env": {"VERSION": version},
        "uses": {"db": "DATABASE_URL", "queue": "QUEUE_URL"},
        "hook": ["python3", "/opt/shop/shop.py", "migrate"],
        "watch_seconds": 3,
        "processes": {
            "worker": {"build": backend, "target": "worker", "like": "app", "ready": PROBE, "stop_grace_seconds": 10},
            "beat": {"like": "worker", "command": ["beat"], "ready": PROBE, "single": True},
            "frontend": {"build": str(APPS / "frontend"), "port": 8080, "path": "/", "readiness_path": "/healthz"},
        },
        "services": {"db": {"kind": "postgresql"}, "queue": {"kind": "rabbitmq"}},
    }


@dataclass(frozen=True)
class Shop:
    """The stack on its host, and the inventory that declares it."""

    rig: Rig

    def declare(self, version: str) -> None:
        file = self.rig.inventory / "group_vars" / "all" / "shop.yml"
        file.write_text(yaml.safe_dump({"slipway_apps": [declared(version)], "slipway_secrets": {}}))

    def run(self, verb: str, *words: str, code: int = 0) -> str:
        """Run a verb as a person would; returns what it printed."""
        command = [sys.executable, "-m", "slipway", verb, "-i", str(self.rig.inventory), *words]
        done = subprocess.run(command, cwd=ROOT, env=environment({}), capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def raw(self, verb: str, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a verb whose input and output are bytes."""
        command = [sys.executable, "-m", "slipway", verb, "-i", str(self.rig.inventory), *words]
        return subprocess.run(command, cwd=ROOT, env=environment({}), capture_output=True, input=given, check=False)

    def orders(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.rig.visitor.curl(f"{SITE}/api/orders", "--fail").stdout)
        return answer

    def until_done(self, longest_s: float = 120) -> dict[str, Any]:
        """Return the counts as soon as no order waits."""
        deadline = time.monotonic() + longest_s
        while (found := self.orders())["states"].keys() != {"done"} and time.monotonic() < deadline:
            time.sleep(0.5)
        return found

    def running(self) -> list[str]:
        """Return the names of the running containers."""
        return self.rig.host("web1").exec(["docker", "ps", "--format", "{{.Names}}"]).stdout.split()

    @property
    def slot(self) -> str:
        """The name of the app's own live container."""
        return next(name for name in self.running() if name in ("shop-blue", "shop-green"))

    def sql(self, text: str) -> list[str]:
        host = self.rig.host("web1")
        asked = ["docker", "exec", "shop-services-db", "psql", "--dbname=shop", "-XAtqc", text]
        return host.exec(asked, check=True).stdout.split()


@pytest.fixture(scope="module")
def shop(rig: Rig) -> Shop:
    """Return the stack, brought up by one command."""
    made = Shop(rig)
    made.declare("one")
    made.run("site")
    return made


def test_one_domain_has_the_api_and_the_page(shop: Shop) -> None:
    assert "<h1>Shop</h1>" in shop.rig.visitor.curl(f"{SITE}/", "--fail").stdout
    assert shop.orders()["version"] == "one"
    parts = [f"{shop.slot}-{name}" for name in ("worker", "beat", "frontend")]
    assert set(shop.running()) == {shop.slot, *parts, "shop-services-db", "shop-services-queue"}


def test_an_order_goes_through_queue_and_worker_into_the_database(shop: Shop) -> None:
    assert shop.rig.visitor.curl(f"{SITE}/api/orders", "--fail", "-X", "POST").returncode == 0
    assert shop.until_done()["states"] == {"done": 1}


def test_a_second_run_changes_nothing(shop: Shop) -> None:
    before = shop.rig.host("web1").exec(["docker", "ps", "--quiet"]).stdout
    shop.run("site")
    assert shop.rig.host("web1").exec(["docker", "ps", "--quiet"]).stdout == before


def test_releases_come_and_go_under_load_without_a_lost_request_or_order(shop: Shop) -> None:
    taken: list[str] = []
    over = threading.Event()

    def visit() -> None:
        line = "%{http_code} %{errormsg}\\n"
        how = ["--parallel", "--parallel-max", "4", "-X", "POST", "--write-out", line, "-o", "/dev/null"]
        while not over.is_set():
            taken.extend(shop.rig.visitor.curl(f"{SITE}/api/orders?[1-20]", *how).stdout.splitlines())
            time.sleep(0.5)

    before = sum(shop.orders()["states"].values())
    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        for version in ("two", "three"):
            shop.declare(version)
            shop.run("deploy")
        shop.run("rollback")
    finally:
        over.set()
        visitor.join()
    found = shop.until_done()
    print(f"{len(taken)} orders under two deploys and a rollback: {dict(Counter(taken))}, {found['twice']} done twice")
    assert [line for line in taken if not line.startswith("202")] == []
    assert found["version"] == "two"
    assert found["states"] == {"done": before + len(taken)}
    ticks = shop.sql("SELECT release FROM ticks ORDER BY at")
    changes = [one for one, last in zip(ticks, ["", *ticks], strict=False) if one != last]
    assert len(changes) == 4, "one, two, three, two: two that ticked at once would take turns"


def test_no_order_is_lost_while_the_queue_is_away(shop: Shop) -> None:
    before = sum(shop.orders()["states"].values())
    shop.rig.host("web1").exec(["docker", "kill", "shop-services-queue"], check=True)
    for _ in range(5):
        assert shop.rig.visitor.curl(f"{SITE}/api/orders", "--fail", "-X", "POST").returncode == 0
    shop.run("deploy")
    assert shop.until_done(120)["states"] == {"done": before + 5}


def test_day_two_knows_every_part(shop: Shop) -> None:
    assert "worker" in shop.run("status", "--json")
    assert shop.run("logs", "--process", "frontend")
    assert "no such process" in shop.run("exec", "--process", "nobody", "--", "true", code=2)
    show = "import os; print(os.environ['QUEUE_URL'][:7])"
    assert "amqp://" in shop.run("exec", "--process", "worker", "--", "python3", "-c", show)
    before = shop.orders()
    dump = shop.raw("db", "--do", "dump").stdout
    assert dump.startswith(b"PGDMP")
    shop.sql("DROP TABLE orders CASCADE")
    loaded = shop.raw("db", "--do", "load", "--yes", given=dump)
    assert loaded.returncode == 0, loaded.stderr
    assert shop.orders() == before
    assert shop.run("run", "--process", "worker", "--", "sh", "-c", "echo $DATABASE_URL").startswith("postgresql://")
    shop.run("restart", "--process", "worker")
    worker = f"{shop.slot}-worker"
    shop.rig.host("web1").exec(["docker", "stop", "--time", "0", worker], check=True)
    assert f"({worker}, release" in shop.run("doctor", "--no-drift", code=1)
    shop.run("deploy")
    assert worker in shop.running()
