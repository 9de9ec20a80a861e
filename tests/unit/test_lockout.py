"""Settings that would lock the operator out are refused before they are carried out."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.hostreport import login, network, system
from ansible_collections.slipway.kit.plugins.plugin_utils import lockout
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import report

LOGIN = {
    "user": "admin",
    "groups": ["admin", "users"],
    "client": "198.51.100.9",
    "address": "203.0.113.5",
    "port": 22,
}
NETWORK = {
    "outside": ["eth0"],
    "sources": ["203.0.113.5", "2001:db8::5"],
    "bridges": {"docker0": ["10.199.0.1"], "br0": ["203.0.113.5"]},
}
HOST = lockout.Host("web1", LOGIN, {**NETWORK, "bridges": {"docker0": ["10.199.0.1"]}}, (), {"ssh_ports": "main.yml:7"})
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 eve"


def judged(values: dict[str, object], host: lockout.Host = HOST) -> list[tuple[str, str]]:
    return [(one.code, one.what) for one in lockout.lockouts(values, host)]


def test_settings_that_let_the_login_in_pass() -> None:
    assert (
        judged(
            {
                "ssh_allow_groups": ["sudo", "users"],
                "ssh_ports": [22, 2222],
                "firewall_ssh_ports": [22],
                "firewall_ssh_networks": ["198.51.100.0/24"],
                "firewall_container_networks": ["10.199.0.0/16"],
                "firewall_container_ssh_enabled": False,
                "firewall_outside_interfaces": [],
                "docker_address_pools": ["10.199.0.0/16", "fd00::/8"],
                "admin_users": [{"name": "eve", "keys": [KEY]}, {"name": "eve", "keys": []}],
            }
        )
        == []
    )


@pytest.mark.parametrize(
    ("variable", "value", "code", "message"),
    [
        ("ssh_allow_groups", [], "NO_LOGIN_GROUP", "ssh_allow_groups is empty: nobody could log in any more."),
        (
            "ssh_allow_groups",
            ["sudo", "root"],
            "LOCKED_OUT",
            "ssh_allow_groups is [sudo, root], and admin, by whom Ansible logs in to web1, is in none of them (but in: "
            "admin, users): the next login would be refused.",
        ),
        (
            "ssh_ports",
            [2222],
            "PORT_CLOSED",
            "ssh_ports is [2222], and Ansible comes to web1 by port 22: that would be closed.",
        ),
        (
            "firewall_ssh_ports",
            [2222],
            "PORT_CLOSED",
            "firewall_ssh_ports is [2222], and Ansible comes to web1 by port 22: that would be closed.",
        ),
        (
            "firewall_ssh_networks",
            ["192.0.2.0/24", "2001:db8::/32"],
            "LOCKED_OUT",
            "firewall_ssh_networks is [192.0.2.0/24, 2001:db8::/32], and Ansible comes to web1 from 198.51.100.9: "
            "it would be shut out.",
        ),
        (
            "firewall_ssh_networks",
            ["192.0.2.1/24"],
            "BAD_NETWORK",
            "firewall_ssh_networks[0]: '192.0.2.1/24' is not a network in CIDR form such as 203.0.113.0/24: "
            "192.0.2.1/24 has host bits set.",
        ),
        (
            "firewall_container_networks",
            ["198.51.100.0/24"],
            "LOCKED_OUT",
            "Ansible comes to web1 from 198.51.100.9, which is in firewall_container_networks ['198.51.100.0/24'], "
            "and rules that keep containers from sshd would shut it out.",
        ),
        (
            "docker_address_pools",
            ["203.0.0.0/16"],
            "POOL_HOLDS_HOST",
            "docker_address_pools is [203.0.0.0/16] and holds 203.0.113.5, the address of web1: "
            "its neighbours would become unreachable.",
        ),
        (
            "admin_users",
            [{"name": "eve", "keys": []}],
            "ADMIN_WITHOUT_KEY",
            "Admin user `eve` has no key, and passwords never work: nobody could log in as that user.",
        ),
        (
            "admin_users",
            [{"name": "eve", "keys": [KEY, "~/.ssh/id.pub"]}],
            "BAD_KEY",
            "Admin user `eve` has the key `~/.ssh/id.pub`, which is not a public key in OpenSSH's format.",
        ),
    ],
)
def test_a_setting_that_locks_out_is_refused(variable: str, value: object, code: str, message: str) -> None:
    assert judged({variable: value}) == [(code, message)]


BRIDGED = lockout.Host("web1", LOGIN, NETWORK)
BRIDGE = (
    "Ansible comes to web1 by 203.0.113.5, the address of bridge br0, and rules that keep containers from sshd would "
    "shut it out."
)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, [("LOCKED_OUT", BRIDGE)]),
        ({"firewall_outside_interfaces": ["br0"]}, []),
        ({"firewall_container_ssh_enabled": True}, []),
    ],
    ids=["inside", "declared outside", "containers may"],
)
def test_a_login_by_a_bridge_counts_as_a_container(values: dict[str, object], found: list[tuple[str, str]]) -> None:
    assert judged({"firewall_container_networks": ["10.199.0.0/16"], **values}, BRIDGED) == found


def test_a_default_route_makes_a_bridge_lead_outside() -> None:
    routed = lockout.Host("web1", LOGIN, {**NETWORK, "outside": ["br0"]})
    assert judged({"firewall_container_networks": ["10.199.0.0/16"]}, routed) == []


def test_an_admin_that_the_role_made_can_not_remove_itself() -> None:
    own = lockout.Host("web1", {**LOGIN, "groups": ["admin", "slipway-admins"]}, NETWORK)
    assert judged({"admin_users": [{"name": "admin", "keys": [KEY]}]}, own) == []
    assert judged({"admin_users": [{"name": "eve", "keys": [KEY]}]}, own) == [
        ("LOCKED_OUT", "admin_users leaves out admin, by whom Ansible logs in to web1: the role would shut admin out.")
    ]


def test_where_ansible_does_not_come_by_ssh_nothing_is_shut() -> None:
    local = lockout.Host("web1", {**LOGIN, "client": "", "address": "", "port": 0}, NETWORK)
    networks = {"firewall_ssh_networks": ["192.0.2.0/24"], "firewall_container_networks": ["198.51.100.0/24"]}
    assert judged({"ssh_ports": [2222], "firewall_ssh_ports": [2222], **networks}, local) == []


def test_a_zone_is_not_part_of_an_address() -> None:
    near = lockout.Host("web1", {**LOGIN, "client": "fe80::9%eth0"}, NETWORK)
    assert judged({"firewall_ssh_networks": ["fe80::/10"]}, near) == []
    assert "from fe80::9: it would be shut out" in judged({"firewall_ssh_networks": ["fd00::/8"]}, near)[0][1]


def test_all_that_is_wrong_is_found_at_once_and_nothing_is_altered() -> None:
    values: dict[str, object] = {
        "ssh_allow_groups": [],
        "ssh_ports": [2222],
        "admin_users": [{"name": "eve", "keys": []}],
    }
    before = copy.deepcopy(values)
    assert [code for code, _ in judged(values)] == ["NO_LOGIN_GROUP", "PORT_CLOSED", "ADMIN_WITHOUT_KEY"]
    assert values == before


def test_the_refusal_says_where_and_what_to_add() -> None:
    assert report(lockout.lockouts({"ssh_ports": [2222]}, HOST)).endswith(
        "   where   main.yml:7\n   next    add 22 there until ansible_port has moved"
    )
    assert "where   ssh_allow_groups, in the inventory or the play" in report(
        lockout.lockouts({"ssh_allow_groups": ["sudo"]}, HOST)
    )


def test_an_unknown_kernel_setting_is_refused() -> None:
    host = lockout.Host("web1", LOGIN, NETWORK, ["net.ipv4.ip_froward"], {"baseline_sysctl": "main.yml:9"})
    assert report(lockout.lockouts({}, host)) == (
        "1. The kernel of web1 has no setting `net.ipv4.ip_froward` (baseline_sysctl).\n"
        "   [UNKNOWN_SYSCTL]\n"
        "   where   main.yml:9\n"
        "   next    sudo sysctl -a | grep ip_froward   # on web1"
    )


def test_the_kernel_is_asked_by_the_names_of_sysctl() -> None:
    assert system.has_setting("net.ipv4.ip_forward")
    assert system.has_setting("net/ipv4/ip_forward")
    assert not system.has_setting("net.ipv4.ip_froward")


def test_the_connection_is_found_in_the_nearest_ancestor_that_knows_it(tmp_path: Path) -> None:
    for pid, parent, environ in (
        (30, 20, b"PATH=/bin\0"),
        (20, 1, b"X=1\0SSH_CONNECTION=192.0.2.9 50000 192.0.2.7 22\0"),
    ):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (odd) name) S {parent} 1 1")
        (tmp_path / str(pid) / "environ").write_bytes(environ)
    assert login.connection(tmp_path, 30) == ("192.0.2.9", "192.0.2.7", 22)
    assert login.connection(tmp_path, 999) == ("", "", 0)


def test_bridges_are_told_from_other_interfaces(tmp_path: Path) -> None:
    (tmp_path / "br0/bridge").mkdir(parents=True)
    (tmp_path / "eth0").mkdir()
    listing = (
        "2: eth0    inet 203.0.113.5/24 brd 203.0.113.255 scope global eth0\\       valid_lft forever\n"
        "3: br0    inet 10.199.0.1/24 scope global br0\\       valid_lft forever\n"
        "3: br0    inet6 fe80::1/64 scope link \\       valid_lft forever\n"
    )
    assert network.bridges(tmp_path, listing) == {"br0": ["10.199.0.1", "fe80::1"]}


def test_default_routes_tell_what_leads_outside() -> None:
    routes = [
        "8.8.8.8 via 203.0.113.1 dev eth0 src 203.0.113.5 uid 0 \n    cache \n",
        "2404:6800:400a:800::1012 from :: via fe80::1 dev eth0 src 2001:db8::5 metric 1024 pref medium\n",
        "",
    ]
    assert network.words_behind("dev", routes) == ["eth0"]
    assert network.words_behind("src", routes) == ["2001:db8::5", "203.0.113.5"]
