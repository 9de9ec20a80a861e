"""A host made by the first version: today's kit converges it under load, and nothing is lost."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from slipway.places import KIT
from slipway.rig import Rig
from slipway.rig.play import Played
from tests.load import Load, Report

from .older import DOMAIN, HIDDEN, OldHost, take_out

RATE, TURN_S = 100, 10
DATA = "/var/lib/slipway/apps/strongbox/data"
# What an app may have left in its folder: a blob, a program, a link to somewhere, a pipe, and old snapshots.
LEFT = f"""
cd {DATA}
head -c 100000 /dev/urandom >blob; printf '#!/bin/sh\\necho hello\\n' >program; chmod 755 program
ln -s /etc/hostname link; mkfifo pipe
chown -h 10001:10001 blob program link pipe
"""
SUMS = f"cd {DATA} && sha256sum blob program && readlink link && stat -c '%F %a %U %n' blob program link pipe"
# What cloudflared would ask on the host; its own binary is not part of this test.
INSIDE = f"""
import socket, ssl
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
with context.wrap_socket(socket.create_connection(("127.0.0.1", 443)), server_hostname="{HIDDEN}") as site:
    site.sendall(b"GET / HTTP/1.1\\r\\nHost: {HIDDEN}\\r\\nConnection: close\\r\\n\\r\\n")
    print(site.makefile().readline().strip(), end="")
"""

pytestmark = pytest.mark.rig


@dataclass(frozen=True)
class Upgraded:
    """The host after today's converge, and what was known of it before."""

    host: OldHost
    releases: tuple[str, str]
    rows: dict[str, list[dict[str, Any]]]
    files: str
    reports: list[Report]
    converged: Played


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    folder = tmp_path_factory.mktemp("upgrade")
    old_kit = take_out(folder / "kit")
    with Rig.up("e2e-upgrade", {"web1": [DOMAIN, HIDDEN]}, prepared=True) as rig:
        host = OldHost(rig, old_kit, folder / "inventory")
        host.declare(env={"NOTE": "one"})
        host.play(old_kit, "site")
        first = host.live()
        rows = host.people("write")
        host.declare(env={"NOTE": "two"})
        host.play(old_kit, "deploy")
        releases = (first, host.live())
        host.exec(LEFT)
        files = host.exec(SUMS)
        host.declare(env={"NOTE": "three"})
        reports, converged = under_load(host)
        yield Upgraded(host, releases, rows, files, reports, converged)


def under_load(host: OldHost) -> tuple[list[Report], Played]:
    """Converge with today's kit; visitors come from before it begins until it has ended."""
    ended, reports = threading.Event(), list[Report]()

    def visit() -> None:
        while not ended.is_set():
            with Load(host.rig.visitor, f"https://{DOMAIN}/login", rate=RATE, seconds=TURN_S) as load:
                pass
            reports.append(load.report)

    visitors = threading.Thread(target=visit)
    visitors.start()
    try:
        converged = host.play(KIT, "site")
    finally:
        ended.set()
        visitors.join()
    return reports, converged


def test_no_request_fails_while_an_old_host_is_converged(upgraded: Upgraded) -> None:
    sent = sum(report.sent for report in upgraded.reports)
    assert sent >= RATE * TURN_S
    assert [str(report) for report in upgraded.reports if report.failed] == []
    assert upgraded.host.live() not in upgraded.releases, "a release of today's kit is live"


def test_no_row_is_lost(upgraded: Upgraded) -> None:
    assert [len(records) for records in upgraded.rows.values()] == [12, 12]
    assert upgraded.host.people("read") == upgraded.rows


def test_what_lay_beside_the_data_stays_as_it_was(upgraded: Upgraded) -> None:
    assert upgraded.host.exec(SUMS) == upgraded.files


def test_both_apps_and_the_old_releases_are_adopted(upgraded: Upgraded) -> None:
    apps = upgraded.host.status()
    assert set(apps) == {"strongbox", "side"}
    assert {release["id"] for release in apps["strongbox"]["releases"]} >= set(upgraded.releases)
    assert [release["state"] for release in apps["side"]["releases"]].count("live") == 1
    assert not apps["strongbox"]["interrupted"]


def test_the_app_behind_a_tunnel_stays_out_of_sight_and_answers_inside(upgraded: Upgraded) -> None:
    outside = upgraded.host.rig.visitor.curl(f"https://{HIDDEN}/", "--fail")
    assert outside.returncode != 0
    assert upgraded.host.exec(f"python3 -c {shlex.quote(INSIDE)}") == "HTTP/1.1 200 OK"


def test_a_second_converge_changes_nothing(upgraded: Upgraded) -> None:
    assert upgraded.host.play(KIT, "site").changed == 0


def test_a_rollback_reaches_an_old_release_and_the_new_one_comes_back(upgraded: Upgraded) -> None:
    host, newest = upgraded.host, upgraded.host.live()
    old = upgraded.releases[1]
    host.play(KIT, "rollback", "-e", f"app_only=strongbox app_rollback_to={old}")
    assert host.live() == old
    assert host.people("read") == upgraded.rows
    host.play(KIT, "deploy")
    assert host.live() == newest
