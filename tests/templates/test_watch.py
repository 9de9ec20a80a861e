"""What role watch tells a host is what the host's program reads."""

from __future__ import annotations

import json

from ansible_collections.slipway.kit.plugins.module_utils.watch.config import Config

from .rendering import render

APPS = [
    {"name": "shop", "domains": ["shop.test"], "redirects": ["www.shop.test"], "exposure": "public", "build": "app"},
    {"name": "desk", "domains": ["desk.test"], "exposure": "private", "build": "app", "data_limit_mib": 100},
]
WEBHOOK = {"kind": "webhook", "url": "https://hook.example.com/x"}


def told(**inputs: object) -> Config:
    known = {"inventory_hostname": "web1", "inventory_dir": "/somewhere/inventories/production", "slipway_apps": []}
    return Config.parse(json.loads(render("watch", "watch.json.j2", **{**known, **inputs})))


def test_a_host_knows_its_apps_and_who_is_told() -> None:
    config = told(slipway_apps=APPS, slipway_watch={"notify": [WEBHOOK], "remind_hours": 12})
    assert (config.host, config.environment, config.remind_s) == ("web1", "production", 12 * 3600)
    assert [(app["name"], app["exposure"], app["data_limit_mib"]) for app in config.apps] == [
        ("shop", "public", None),
        ("desk", "private", 100),
    ]
    assert config.apps[0]["names"] == ["shop.test", "www.shop.test"]
    assert [way.settings for way in config.ways] == [WEBHOOK]
    assert config.heartbeat == config.trust_root == ""


def test_what_may_listen_is_what_the_inventory_opens() -> None:
    web = {("tcp", 80), ("tcp", 443), ("udp", 443)}
    assert told().declared == {("tcp", 22)}
    assert told(slipway_apps=APPS[1:], ansible_port=2222, ssh_ports=[22]).declared == {("tcp", 22), ("tcp", 2222)}
    openings = [{"port": 25}, {"port": 51820, "protocol": "udp"}]
    assert told(slipway_apps=APPS, firewall_openings=openings).declared == {
        *web,
        ("tcp", 22),
        ("tcp", 25),
        ("udp", 51820),
    }


def test_what_is_off_on_purpose_is_not_missed() -> None:
    assert told().allowed == frozenset()
    assert told(docker_live_restore_enabled=False).allowed == {"live-restore"}


def test_a_store_knows_its_clients() -> None:
    clients = [{"name": "web1", "key": "x"}, {"name": "web2", "key": "y", "silent_hours": 2}]
    config = told(backup_store_clients=clients, backup_store_folder="/srv/keep")
    assert {name: (each["folder"], each["silent_hours"]) for name, each in config.clients.items()} == {
        "web1": ("/srv/keep/web1", 26),
        "web2": ("/srv/keep/web2", 2),
    }


def test_a_test_authority_is_a_file_of_the_host() -> None:
    assert told(slipway_trust_root="/somewhere/root.pem").trust_root == "/etc/slipway/watch/trust.pem"
