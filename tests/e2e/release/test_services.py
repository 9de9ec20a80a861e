"""Databases, queues and caches: made once, hardened, never touched by a release, and nothing of theirs is lost."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.image_request import ImageRequest, resolve
from tests.release.target import ROOT, Answer, Target, tiny

SERVICES: dict[str, Any] = {
    "db": {"kind": "postgresql", "version": 17},
    "queue": {"kind": "rabbitmq"},
    "cache": {"kind": "valkey"},
}
USES = {"db": "DATABASE_URL", "queue": "QUEUE_URL", "cache": "CACHE_URL"}
NAMES = [f"tiny-services-{name}" for name in SERVICES]


@pytest.fixture(scope="module")
def images(prepared: Target) -> dict[str, Any]:
    """Return what the module is told of the services' images, which are on the host by then."""
    app = complete([tiny(services=SERVICES)])[0]
    ready = {f"services/{name}": resolve(ImageRequest(app, ROOT, process=f"services/{name}")) for name in SERVICES}
    for name, each in ready.items():
        assert each.image
        prepared.send(each, f"/var/tmp/{name.replace('/', '-')}.tar.gz")
    return {name: each.described() for name, each in ready.items()}


@pytest.fixture
def served(target: Target, images: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the fields of an app that uses all three, which is live."""
    answer = deploy(target, images)
    assert not answer.get("failed"), answer
    yield images
    assert not target.deploy().get("failed")


def deploy(target: Target, images: dict[str, Any], version: str = "", **fields: Any) -> Answer:
    order = target.order(version, **({"services": SERVICES, "uses": USES} | fields))
    for name in order["images"]:
        order["images"][name] = images.get(name, order["images"]["app"])
    return target.drive(order)


def address(target: Target, name: str) -> str:
    return target.host.exec(["cat", f"/etc/slipway/secrets/tiny/services/{name}_url"], check=True).stdout


def sql(target: Target, text: str, *, url: str = "") -> subprocess.CompletedProcess[str]:
    """Run SQL as a client on the services' network would."""
    image = target.docker("inspect", "--format", "{{.Image}}", "tiny-services-db").strip()
    client = ["docker", "run", "--rm", "--network", "tiny-services", "--entrypoint", "psql", image]
    return target.host.exec([*client, url or address(target, "db"), "-XAtqc", text])


def test_an_app_finds_its_services_and_nobody_else_does(target: Target, served: dict[str, Any]) -> None:
    (container,) = [each for each in target.running() if "services" not in each]
    started = target.docker("exec", container, "cat", "/proc/1/environ").split("\0")
    inspected = target.docker("inspect", container, *NAMES)
    for name, variable in USES.items():
        url = address(target, name)
        assert f"{variable}={url}" in started
        password = url.split(":")[2].partition("@")[0]
        assert len(password) == 48
        assert password not in inspected
        assert password not in target.host.exec(["grep", "-r", password, "/var/lib/slipway/apps/tiny"]).stdout
    for details in json.loads(target.docker("inspect", *NAMES)):
        assert details["HostConfig"]["ReadonlyRootfs"]
        assert details["HostConfig"]["CapDrop"] == ["ALL"]
        assert not details["HostConfig"]["PortBindings"]
        assert details["Config"]["User"] not in ("", "0", "root")
        assert list(details["NetworkSettings"]["Networks"]) == ["tiny-services"]
    assert json.loads(target.docker("network", "inspect", "tiny-services"))[0]["Internal"]


def test_a_database_answers_with_its_password_only(target: Target, served: dict[str, Any]) -> None:
    assert sql(target, "SELECT current_user || ' ' || current_database()").stdout == "tiny tiny\n"
    assert sql(target, "SELECT 1", url="postgresql://tiny:wrong@db/tiny").returncode != 0
    assert sql(target, "SELECT 1", url="postgresql://postgres@db/postgres").returncode != 0
    assert sql(target, "SHOW data_checksums").stdout == "on\n"


def test_a_broker_lets_nobody_in_but_by_its_own_port(target: Target, served: dict[str, Any]) -> None:
    rows = target.docker("exec", "tiny-services-queue", "cat", "/proc/net/tcp", "/proc/net/tcp6").splitlines()
    listening = {row.split()[1] for row in rows if row.split()[3:4] == ["0A"]}
    # Loopback's, and 127.0.0.11, where Docker's own resolver is.
    own = ("0100007F", "0B00007F", "00000000000000000000000001000000")
    assert {int(each.rpartition(":")[2], 16) for each in listening if not each.startswith(own)} == {5672}
    asked = ["rabbitmqctl", "--quiet", "list_queues", "--vhost", "tiny", "name", "type"]
    queues = target.docker("exec", "tiny-services-queue", *asked)
    assert ["dead", "quorum"] in [line.split() for line in queues.splitlines()]


def test_a_release_leaves_services_alone_and_their_data_outlives_it(target: Target, served: dict[str, Any]) -> None:
    assert sql(target, "CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (7)").returncode == 0
    before = [target.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", name) for name in NAMES]
    with target.visitors() as seen:
        for _ in range(2):
            assert not deploy(target, served).get("failed")
        assert not target.drive(target.order(services=SERVICES, uses=USES) | {"state": "rolled_back"}).get("failed")
    assert seen.failures == 0, seen.report
    assert [target.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", name) for name in NAMES] == before
    gone = target.deploy()
    assert "stopped service db, not declared any more; its data stays in" in gone["msg"]
    assert [name for name in target.running() if "services" in name] == []
    assert not deploy(target, served).get("failed")
    assert sql(target, "SELECT n FROM kept LIMIT 1").stdout == "7\n"


def test_what_is_forgotten_is_gone(target: Target, served: dict[str, Any]) -> None:
    what = {"state": "forgotten", "service": "db", "declared": ["tiny"]}
    assert "tiny/db is declared" in target.drive(target.order(services=SERVICES, uses=USES) | what)["msg"]
    assert not target.deploy().get("failed")
    data = "/var/lib/slipway/apps/tiny/services"
    assert "db" in target.host.exec(["ls", data]).stdout.split()
    answer = target.drive(target.order() | what)
    assert not answer.get("failed"), answer
    assert "db" not in target.host.exec(["ls", data]).stdout.split()
    assert [name for name in target.all_containers() if name.endswith("services-db")] == []
    assert not deploy(target, served).get("failed"), "a new one is made"
    assert sql(target, "SELECT n FROM kept LIMIT 1").returncode != 0


def test_what_a_database_acknowledged_survives_a_power_cut(target: Target, served: dict[str, Any]) -> None:
    assert sql(target, "CREATE TABLE IF NOT EXISTS acknowledged (n int PRIMARY KEY)").returncode == 0
    image = target.docker("inspect", "--format", "{{.Image}}", "tiny-services-db").strip()
    url, next_number, known = address(target, "db"), 0, 0
    for _ in range(5):
        first = next_number
        rows = " ".join(f"INSERT INTO acknowledged VALUES ({first + n});\n\\echo {first + n}\n" for n in range(20000))
        target.host.put({"/var/tmp/rows.sql": rows})
        client = f"docker run --rm --interactive --network tiny-services --entrypoint psql {image} {url} -Xq"
        script = f"({client} -v ON_ERROR_STOP=1 </var/tmp/rows.sql >/tmp/acknowledged 2>/dev/null &) ;"
        wait = "until [ -s /tmp/acknowledged ]; do sleep 0.05; done; sleep 0.4; docker kill tiny-services-db"
        target.host.exec(["timeout", "60", "sh", "-c", f": >/tmp/acknowledged; {script} {wait}"], check=True)
        time.sleep(0.5)
        acknowledged = target.host.exec(["cat", "/tmp/acknowledged"]).stdout.split()
        assert acknowledged
        again = deploy(target, served, "after a power cut")
        assert not again.get("failed"), again
        there = set(sql(target, "SELECT n FROM acknowledged").stdout.split())
        assert set(acknowledged) <= there
        next_number, known = first + 20000, known + len(acknowledged)
    print(f"5 power cuts, {known} rows acknowledged, 0 lost")


def test_a_service_that_cannot_start_costs_visitors_nothing(target: Target, images: dict[str, Any]) -> None:
    live = target.live()
    target.host.exec(["rm", "-rf", "/var/lib/slipway/apps/tiny/services/broken"])
    broken = {"broken": {"build": "tests/release/tiny", "port": 8000, "env": {"BEHAVIOUR": "exits"}}}
    answer = deploy(target, images, services=broken, uses=[])
    assert answer["code"] == "service"
    assert re.search("service `broken` ended [3-9] times, with code 3", answer["msg"]), answer
    assert "cannot read my configuration" in answer["msg"]
    assert target.live() == live
