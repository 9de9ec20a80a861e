"""What preflight says of a host and of the way to it."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import report
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight import apps, connection, host, names

GIB = 2**30
TARGET = connection.Target("web1", "192.0.2.7", 2222, "admin")
HERE = "   where   ansible_host and ansible_port of web1 in the inventory; is the host\n"


def system(**changes: object) -> dict[str, object]:
    return {
        "distribution": {"id": "debian", "version": "13", "name": "Debian GNU/Linux 13 (trixie)"},
        "is_root": True,
        "disks": {"/": {"free": 9 * GIB}},
        "clock": 1000.0,
    } | changes


def test_a_good_host_has_no_findings() -> None:
    good = system()
    assert host.rights("web1", good) + host.distribution("web1", good) + host.room("web1", good) == []
    assert host.clock("web1", good, 999.0, 1001.0) == []


@pytest.mark.parametrize(
    ("complaint", "message"),
    [
        (
            "ssh: connect to host 192.0.2.7 port 2222: Connection refused",
            "1. web1 does not answer on 192.0.2.7 port 2222: connection refused.\n   [HOST_UNREACHABLE]\n"
            f"{HERE}           up, does a firewall stand before it?\n   next    ssh -p 2222 admin@192.0.2.7 true",
        ),
        (
            "ssh: Could not resolve hostname 192.0.2.7: Name or service not known",
            "1. The address of web1, 192.0.2.7, is not known to the resolver. [HOST_UNKNOWN]\n"
            "   where   ansible_host of web1 in the inventory\n   next    getent hosts 192.0.2.7",
        ),
        (
            "Host key verification failed.",
            "1. web1 (192.0.2.7) shows a host key that is not the pinned one. Either the host\n"
            "   was reinstalled, or somebody stands between. [HOST_KEY]\n"
            "   where   known_hosts beside the inventory\n"
            "   next    ssh-keyscan -p 2222 192.0.2.7 | tee new-key | ssh-keygen -lf -   # is that what the provider's "
            "console shows? Then: ssh-keygen -R '[192.0.2.7]:2222' -f known_hosts; cat new-key >> known_hosts",
        ),
        (
            "admin@192.0.2.7: Permission denied (publickey).",
            "1. web1 (192.0.2.7) refuses the SSH login as admin. [SSH_REFUSED_USER]\n"
            "   where   ansible_user and ansible_ssh_private_key_file of web1 in the\n           inventory\n"
            "   next    ssh -p 2222 admin@192.0.2.7 true",
        ),
        (
            "sudo: a password is required",
            "1. User admin may log in to web1 but not become root without a password.\n   [NO_ROOT]\n"
            "   where   the sudo rules of web1, or run with --ask-become-pass\n"
            "   next    ssh -p 2222 admin@192.0.2.7 sudo -n true",
        ),
        (
            "/bin/sh: 1: /usr/bin/python3: not found",
            "1. web1 has no Python, which Ansible needs. [NO_PYTHON]\n   where   the packages of web1\n"
            "   next    ssh -p 2222 admin@192.0.2.7 sudo apt-get install -y python3",
        ),
        (
            "first\nsomething new went wrong\n",
            "1. Ansible can't work on web1 (192.0.2.7): something new went wrong\n   [HOST_UNUSABLE]\n"
            "   where   web1 in the inventory\n   next    ssh -p 2222 admin@192.0.2.7 true",
        ),
    ],
)
def test_a_failed_connection_is_told_by_its_cause(complaint: str, message: str) -> None:
    assert report([connection.explain(complaint, TARGET)]) == message


def test_a_user_without_root_is_refused() -> None:
    assert [finding.what for finding in host.rights("web1", system(is_root=False))] == ["Ansible is not root on web1."]


@pytest.mark.parametrize(
    ("kind", "version", "severity", "message"),
    [
        (
            "alpine",
            "3.20",
            "error",
            "web1 runs Some System; the kit supports Debian 13 (Ubuntu from 24.04 on, untested).",
        ),
        (
            "debian",
            "12",
            "error",
            "web1 runs Some System; the kit supports Debian 13 (Ubuntu from 24.04 on, untested).",
        ),
        ("ubuntu", "24.04", "warning", "web1 runs Some System; the kit is tested on Debian 13 only."),
    ],
)
def test_a_foreign_distribution_is_refused(kind: str, version: str, severity: str, message: str) -> None:
    told = system(distribution={"id": kind, "version": version, "name": "Some System"})
    assert [(f.severity, f.what) for f in host.distribution("web1", told)] == [(severity, message)]


def test_less_than_a_gibibyte_free_is_refused() -> None:
    assert report(host.room("web1", system(disks={"/": {"free": 300 * 2**20}}))) == (
        "1. web1 has 300 MiB free on /; 1024 MiB are needed. [DISK]\n"
        "   where   / on web1\n"
        "   next    sudo du -xh --max-depth=2 / | sort -h | tail"
    )


@pytest.mark.parametrize(
    ("asked", "answered", "words"),
    [(1006.0, 1010.0, "6 s behind"), (900.0, 994.0, "6 s ahead of"), (995.0, 1300.0, None), (1004.0, 1010.0, None)],
)
def test_a_wrong_clock_is_refused_however_long_the_answer_took(
    asked: float, answered: float, words: str | None
) -> None:
    found = [finding.what for finding in host.clock("web1", system(), asked, answered)]
    expected = (
        f"The clock of web1 is {words} this machine's; more than 5 s breaks certificates and logs. One of the two "
        "is wrong."
    )
    assert found == ([expected] if words else [])


def listener(program: str, port: int, protocol: str = "tcp") -> dict[str, object]:
    return {"protocol": protocol, "address": "0.0.0.0", "port": port, "program": program, "pid": 4711}


@pytest.mark.parametrize(
    ("found", "activated", "exposure", "codes"),
    [
        ([listener("nginx", 80), listener("nginx", 443)], {}, "public", ["PORT_TAKEN", "PORT_TAKEN"]),
        ([listener("nginx", 80)], {}, "tunnel", []),
        ([listener("caddy", 443), listener("caddy", 443, "udp"), listener("sshd", 22)], {}, "lan", []),
        ([listener("systemd", 443)], {"[::]:443": "caddy.service"}, "public", []),
        ([listener("systemd", 443)], {"[::]:443": "other.service"}, "public", ["PORT_TAKEN"]),
    ],
)
def test_only_caddy_may_hold_the_web_ports(
    found: list[object], activated: dict[str, str], exposure: str, codes: list[str]
) -> None:
    result = host.web_ports("web1", {"activated": activated}, {"listeners": found}, [exposure])
    assert [finding.code for finding in result] == codes


def test_a_taken_port_says_by_whom() -> None:
    assert report(host.web_ports("web1", {"activated": {}}, {"listeners": [listener("nginx", 80)]}, ["public"])) == (
        "1. Port 80/tcp of web1 is taken by nginx (process 4711); Caddy needs it.\n"
        "   [PORT_TAKEN]\n"
        "   where   nginx on web1\n"
        "   next    sudo systemctl status 4711   # then: systemctl disable --now UNIT"
    )


OWN = {"192.0.2.7", "2001:db8::7"}


@pytest.mark.parametrize(
    ("lookup", "outcome"),
    [
        (names.Lookup("a.example.org", "a", "public", ("192.0.2.7",)), None),
        (names.Lookup("a.example.org", "a", "tunnel"), None),
        (names.Lookup("a.test", "a", "public", (), ("192.0.2.7",)), None),
        (
            names.Lookup("a.example.org", "a", "public", ("198.51.100.9",)),
            "error: a.example.org leads to 198.51.100.9, not to web1 (192.0.2.7, 2001:db8::7): "
            "no certificate could be obtained.",
        ),
        (
            names.Lookup("a.example.org", "a", "public", ("192.0.2.7", "198.51.100.9")),
            "warning: a.example.org leads to 192.0.2.7, 198.51.100.9; of these, 198.51.100.9 is not web1 "
            "(192.0.2.7, 2001:db8::7).",
        ),
        (
            names.Lookup("a.example.org", "a", "public", (), ("127.0.1.1",)),
            "error: a.example.org does not resolve; it must lead to web1 (192.0.2.7, 2001:db8::7) before a "
            "certificate can be obtained.",
        ),
        (
            names.Lookup("a.test", "a", "public"),
            "warning: Whether a.test leads to web1 can't be known from here: it is not a public name.",
        ),
    ],
)
def test_a_name_leads_to_the_host_or_is_refused_or_cannot_be_known(lookup: names.Lookup, outcome: str | None) -> None:
    found = names.wrong_names("web1", [lookup], OWN, apps.place_in([], "main.yml:3"))
    assert [f"{finding.severity}: {finding.what}" for finding in found] == ([outcome] if outcome else [])
