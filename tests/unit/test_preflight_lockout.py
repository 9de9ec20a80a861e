"""Settings that would lock the operator out are refused before they are carried out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.hostreport import login, system
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import report
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight import lockout

LOGIN = {"user": "admin", "groups": ["admin", "users"], "client": "198.51.100.9", "port": 22}
PLACES = {"ssh_allow_groups": "main.yml:7"}


def judged(**values: object) -> list[tuple[str, str]]:
    return [(one.code, one.what) for one in lockout.lockouts("web1", values, LOGIN, PLACES)]


def test_settings_that_let_the_login_in_pass() -> None:
    assert (
        judged(
            ssh_allow_groups=["sudo", "users"],
            ssh_ports=[22, 2222],
            firewall_ssh_ports=[22],
            firewall_ssh_networks=["198.51.100.0/24"],
            admin_users=[{"name": "eve", "keys": ["ssh-ed25519 AAAA eve"]}],
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
            ["192.0.2.0/24"],
            "LOCKED_OUT",
            "firewall_ssh_networks is [192.0.2.0/24], and Ansible comes to web1 from 198.51.100.9: "
            "it would be shut out.",
        ),
        (
            "admin_users",
            [{"name": "eve", "keys": []}],
            "ADMIN_WITHOUT_KEY",
            "Admin user `eve` has no key, and passwords never work: nobody could log in as that user.",
        ),
    ],
)
def test_a_setting_that_locks_out_is_refused(variable: str, value: object, code: str, message: str) -> None:
    assert judged(**{variable: value}) == [(code, message)]


def test_the_refusal_says_where_and_what_to_add() -> None:
    assert report(lockout.lockouts("web1", {"ssh_allow_groups": ["sudo"]}, LOGIN, PLACES)).endswith(
        "   where   main.yml:7\n   next    add admin there"
    )


def test_an_unknown_kernel_setting_is_refused() -> None:
    assert report(lockout.unknown_settings("web1", ["net.ipv4.ip_froward"], "main.yml:9")) == (
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
    assert login.connection(tmp_path, 30) == ("192.0.2.9", 22)
    assert login.connection(tmp_path, 999) == ("", 0)
