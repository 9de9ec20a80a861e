"""The promise: releases come and go under load, and nobody notices."""

from __future__ import annotations

import json

import pytest

from tests.release.target import Target

DEPLOYS, ROLLBACKS = 20, 5
RATE = 300


def test_twenty_deploys_and_five_rollbacks_under_load_fail_no_request(  # Z-04
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    with target.visitors(rate=RATE, clients=40, fresh=4, slow=3, streams=2) as before:
        target.host.exec(["sleep", "5"])
    with target.visitors(rate=RATE, clients=40, fresh=4, slow=3, streams=2) as during:
        changes = [target.deploy() for _ in range(DEPLOYS)]
        changes += [target.roll_back() for _ in range(ROLLBACKS)]
    with capsys.disabled():
        print("\n  before:", json.dumps(before.report))
        print("  during:", json.dumps(during.report))
        print(
            "  slowest steps:",
            {name: max(c["seconds"].get(name, 0) for c in changes) for name in changes[0]["seconds"]},
        )
    assert [change for change in changes if change.get("failed")] == []
    assert during.failures == 0, f"{during.report}\n{target.front_errors()}"
    assert len(during.releases) > DEPLOYS, "each release was seen by a visitor"
    assert during.report["slow"] > 0
    assert during.report["streams"] > 0


def test_a_new_configuration_of_caddy_costs_no_request(target: Target) -> None:
    with target.visitors(rate=RATE, clients=40, fresh=4, slow=3, streams=2) as seen:
        for _ in range(6):
            target.host.exec(["systemctl", "reload", "caddy"], check=True)
    assert seen.failures == 0, seen.report
    assert target.host.exec(["nft", "list", "tables"]).stdout.count("slipway_caddy") == 0


def test_the_maintenance_page_comes_and_goes(target: Target) -> None:
    order = target.order()
    assert target.drive(order | {"state": "maintenance"})["changed"]
    answer = target.rig.visitor.curl("https://app.test/", "--include").stdout
    assert " 503" in answer.splitlines()[0]
    assert "retry-after" in answer.lower()
    assert not target.drive(order | {"state": "maintenance"})["changed"]
    assert target.drive(order | {"state": "normal"})["changed"]
    assert " 200" in target.rig.visitor.curl("https://app.test/", "--include").stdout.splitlines()[0]


def test_an_app_that_is_not_declared_any_more_is_stopped(target: Target) -> None:
    target.docker("run", "-d", "--name", "gone-blue", "--label", "org.slipway.app=gone", *stay(target))
    target.host.exec(["mkdir", "-p", "/var/lib/slipway/apps/gone/data"], check=True)
    answer = target.drive(target.order() | {"declared": ["tiny", "solo"]})
    assert "stopped what is not declared any more: gone" in answer["msg"]
    assert "gone-blue" not in target.running()
    assert target.host.exec(["ls", "/var/lib/slipway/apps/gone/data"]).returncode == 0, "its data stays"
    target.docker("rm", "-f", "gone-blue")
    target.host.exec(["rm", "-r", "/var/lib/slipway/apps/gone"], check=True)


def stay(target: Target) -> list[str]:
    """Return image and command of a container that stays."""
    image = target.docker("images", "--format", "{{.ID}}", "slipway/tiny").split()[0]
    return ["--restart", "unless-stopped", "--entrypoint", "sleep", image, "600"]


@pytest.mark.long
def test_a_hundred_deploys_leave_nothing_behind(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(6):  # the releases that are kept anyway
        target.deploy()
    before = footprint(target)
    for _ in range(100):
        answer = target.deploy()
        assert not answer.get("failed"), answer
    after = footprint(target)
    with capsys.disabled():
        print(f"\n  100 deploys: {before} -> {after}")
    assert after["containers"] == before["containers"]
    assert after["networks"] == before["networks"]
    assert after["files"] == before["files"]
    # The audit log's lines, 500 bytes each, and what the file systems round up.
    assert after["kib"] - before["kib"] < 500


def footprint(target: Target) -> dict[str, int]:
    """Return what the app takes on the host: containers, networks, files, KiB."""
    state = ["/var/lib/slipway", "/etc/slipway", "/var/log/slipway", "/var/tmp"]
    return {
        "containers": len(target.all_containers()),
        "networks": len(target.docker("network", "ls", "-q").split()),
        "files": len(target.host.exec(["find", *state, "-type", "f"], check=True).stdout.splitlines()),
        "kib": int(target.host.exec(["du", "-skc", *state, "/var/lib/docker/containers"]).stdout.split()[-2]),
    }
