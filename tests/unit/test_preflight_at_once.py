"""Preflight names everything that is wrong in one run, each with the line of the very key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import REFUSED
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight import values, variables
from slipway import cli

HOSTS = """all:
  hosts:
    web1:
      ansible_host: 127.0.0.1
      ansible_port: 1
      ansible_ssh_comon_args: -J jump
  vars:
    baseline_reboot_time: "25:00"
"""
MAIN = """# What is wrong here is said in one run.
slipway_apps:
  - name: shop
    domains: [shop.example.com]
    exposure: public
    build: shop
    prot: 80
  - name: shop
    domains:
      - www.example.com
      - shop.example.com
    exposure: publik
    build: shop
    uid: 5
  - name: blog
    domains: [blog.example.com]
    exposure: private
    max_body_mib: 4000
    build: blgo
    secrets: [kek]
slipway_secrets:
  shop: {token: x}
  blog:
    kekk: x
  log: {}
firewall_ssh_networks:
  - 192.0.2.0/24
  - 10.0.0.0/99
ssh_ports: [22, 99999]
docker_log_max_size_mib: many
admin_users:
  - name: ops
    keys: []
    shel: /bin/sh
firewall_openings:
  - protocol: tcp
admin_user: 1
"""
FOUND = [
    ("slipway_apps[0].prot: unknown key (did you mean `port`?).", "main.yml:7"),
    ("slipway_apps[1].exposure: 'publik' is not one of public, lan, private, tunnel.", "main.yml:12"),
    ("slipway_apps[1].uid: 5 is outside 1000 to 65533 (user and group id the app runs as).", "main.yml:14"),
    ("slipway_apps[1]: name shop is taken by slipway_apps[0].", "main.yml:8"),
    ("slipway_apps[1]: domain shop.example.com is taken by slipway_apps[0].", "main.yml:11"),
    (
        "Ansible has no variable `ansible_ssh_comon_args` (did you mean `ansible_ssh_common_args`?).",
        "hosts.yml:6",
    ),
    ("No role has a variable `admin_user` (did you mean `admin_users`?).", "main.yml:37"),
    ("`admin_users[0].shel` is an unknown key.", "main.yml:34"),
    ("baseline_reboot_time: '25:00' is not a time of day. Write HH:MM in quotes, or \"\" for never.", "hosts.yml:8"),
    ("`docker_log_max_size_mib` wants a value of type int; this is 'many'.", "main.yml:30"),
    ("`firewall_openings[0].port` is missing: Destination port, 1 to 65535.", "main.yml:36"),
    (
        "firewall_ssh_networks[1]: '10.0.0.0/99' is not a network in CIDR form such as 203.0.113.0/24: '10.0.0.0/99' "
        "does not appear to be an IPv4 or IPv6 network.",
        "main.yml:28",
    ),
    ("ssh_ports[1]: 99999 is not a port from 1 to 65535.", "main.yml:29"),
    ("App blog wants the secret `kek`, and `slipway_secrets.blog.kek` has no value.", "main.yml:23"),
    ("`slipway_secrets.blog.kekk` is not among the secrets of app blog (did you mean `kek`?).", "main.yml:24"),
    ("`slipway_secrets.log` belongs to no app (did you mean `blog`?).", "main.yml:25"),
    ("App blog: `build` leads to {project}/blgo, which is not there (did you mean `blog`?).", "main.yml:19"),
    (
        "App blog accepts bodies of 4000 MiB (`max_body_mib`), but after 120 s a body is given up, and in that time a "
        "line of 8 Mbit/s carries 120 MiB.",
        "main.yml:18",
    ),
]


def test_all_that_is_wrong_is_named_in_one_run_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "inventories" / "production"
    (folder / "group_vars" / "all").mkdir(parents=True)
    (folder / "hosts.yml").write_text(HOSTS)
    (folder / "group_vars" / "all" / "main.yml").write_text(MAIN)
    (tmp_path / "blog").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert cli.main(["preflight", "production"]) == REFUSED
    printed = " ".join(capfd.readouterr().out.split())
    found = re.findall(r"\d+\. ((?:(?!\[[A-Z]).)*) \[([A-Z_]+)\] where (\S+)", printed)
    said = [
        (what, where.rpartition("/")[2])
        for what, code, where in found
        if code not in ("HOST_UNREACHABLE", "NO_BUILDER")
    ]
    assert said == [(what.format(project=tmp_path), where) for what, where in FOUND]


MAIL = {"kind": "email", "server": "mail.example.com", "from": "web1@example.com", "to": "me@example.com"}
# What is refused -> what is next to it and works.
BORDERS: dict[str, tuple[list[object], list[object]]] = {
    "baseline_reboot_time": (["24:00", "2:30", 150, None, "02:30\n"], ["", "00:00", "23:59"]),
    "caddy_acme_directory": (["http://ca.example.com", ""], ["https://ca.example.com/directory"]),
    "slipway_backup": (
        [
            *(
                {"repository": each}
                for each in ("s3:https://x", "ssh://store", "ssh://me@store/folder", "srv", "", "/a b")
            ),
            {"every_minutes": 4},
            {"every_minutes": 1441},
            {"pings": {"backup": "http://ping.example.com/x"}},
        ],
        [
            *({"repository": each} for each in ("ssh://me@store:22", "sftp://me@store/srv/web1", "/srv/copies")),
            {"every_minutes": 5},
            {"every_minutes": 1440},
            {},
        ],
    ),
    "slipway_watch": (
        [
            *(
                {"heartbeat": each}
                for each in ("", "ping.example.com/x", "http://8.8.8.8/x", "ftp://x", "https://{{ x }}")
            ),
            *(
                {"notify": [{"kind": "ntfy", "url": each}]}
                for each in ("ntfy.sh/x", "http://10.0.0.1.evil.test/x", "x\n")
            ),
            *({"notify": [each]} for each in ({"kind": "slack"}, {"kind": "email", "server": "m", "from": "a@b"})),
            {"notify": [{**MAIL, "user": "me"}]},
            {"notify": [{**MAIL, "user": "me", "password": "pw", "security": "none"}]},
            {"notify": [{**MAIL, "to": "me@example.com\nBcc: you@example.com"}]},
            {"notify": [{**MAIL, "port": 0}]},
            {"every_seconds": 29},
            {"every_seconds": 3601},
            {"remind_hours": 0},
            {"remind_hours": 721},
        ],
        [
            *(
                {"heartbeat": each}
                for each in ("https://ping.example.com/x", "http://127.0.0.1:8025/x", "http://10.1.2.3/x")
            ),
            {"notify": [MAIL, {"kind": "teams", "url": "https://x.webhook.office.com/y?z=1&a=%20"}, {}]},
            {"notify": [{**MAIL, "user": "me", "password": "pw"}]},
            {"every_seconds": 30, "remind_hours": 720},
            {},
        ],
    ),
    "ssh_ports": ([[0], [65536], [22, -1]], [[1], [65535], []]),
    "firewall_openings": ([[{"port": 0}], [{"port": 1, "networks": ["10.0.0.1/8"]}]], [[{"port": 443}], [{}]]),
    "docker_address_pools": ([["10.0.0.0/33"], [""], ["fe80::/129"]], [["10.0.0.0/8", "fe80::/10", "192.0.2.1"]]),
    "deadman_timeout_seconds": ([29], [30, "many"]),
    "tunnel_ssh_listen_port": ([1023, 65536], [1024, 65535]),
}


@pytest.mark.parametrize("name", BORDERS)
def test_values_are_refused_from_the_border_on(name: str) -> None:
    refused, accepted = BORDERS[name]
    for value in refused:
        assert len(values.faults({name: value}, lambda _: "here")) == 1, value
    for value in accepted:
        assert values.faults({name: value}, lambda _: "here") == [], value


def test_every_rule_is_about_an_input_of_a_role() -> None:
    specs = variables.read_specs(Path(__file__).resolve().parents[2] / "roles")
    owned = {name for options in specs.values() for name in options}
    assert {re.split(r"[\[.]", path)[0] for path in values.RULES} <= owned


def test_a_refused_address_is_not_shown() -> None:
    given = {"slipway_watch": {"notify": [{"kind": "slack", "url": "hooks.example.com/T0/secret"}]}}
    [found] = values.faults(given, lambda _: "here")
    assert found.what == (
        "slipway_watch.notify[0].url: the address (a secret, not shown) has no scheme and would not work. Write https://...,"
        " or http://... of this host or a private network, without blanks and braces."
    )
