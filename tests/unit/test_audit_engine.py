"""Engines that give away the host: each is found by its named check, a harmless one is not."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.audit import containers
from ansible_collections.slipway.kit.plugins.plugin_utils.audit.engine import ENGINE as ENGINE_CHECKS
from tests.unit.shapes import ENGINE, Tree, container, found


@pytest.mark.parametrize(
    ("number", "setting"),
    [
        ("2.2", {"icc": True}),
        ("2.2", {"icc": None}),
        ("2.3", {"iptables": False}),
        *(
            ("2.7", {"hosts": [host]})
            for host in (
                *("tcp://0.0.0.0:2375", "tcp://127.0.0.1", "tcp://", "http://0.0.0.0", "0.0.0.0:2375", ":2375"),
                *("[::]:2375", "TCP://192.0.2.1:2376", "127.0.0.1:2375"),
            )
        ),
        ("2.7", {"hosts": "tcp://0.0.0.0:2375"}),
        ("2.7", {"hosts": ["fd://", "tcp://0.0.0.0:2375"]}),
        ("2.7", {"metrics-addr": "0.0.0.0:9323"}),
        ("2.7a", {"ip": "0.0.0.0"}),
        ("2.13", {"log-driver": "json-file"}),
        ("2.13", {"log-driver": None}),
        ("2.13", {"log-driver": "json-file", "log-opts": {"labels": "x"}}),
        ("2.13", {"log-opts": {"max-size": "-1"}}),
        ("2.14", {"no-new-privileges": False}),
        ("2.15", {"live-restore": False}),
        ("2.16", {"userland-proxy": True}),
        ("2.16", {"userland-proxy": None}),
        ("2.16a", {"seccomp-profile": "unconfined"}),
        ("2.17", {"experimental": True}),
        ("2.18", {"insecure-registries": ["registry.example"]}),
        ("2.19", {"group": "users"}),
    ],
)
def test_a_bad_engine_is_found_by_its_own_check_alone(number: str, setting: Tree) -> None:
    assert found(container(), ENGINE | setting) == {number}


@pytest.mark.parametrize(
    "setting",
    [
        {"hosts": None},
        {"hosts": []},
        {"hosts": ["unix:///run/docker.sock"]},
        {"hosts": ["fd://"]},
        {"hosts": "unix:///srv/x.sock"},
        {"metrics-addr": "127.0.0.1:9323"},
        {"log-driver": "json-file", "log-opts": {"max-size": "10m"}},
        {"log-driver": "journald"},
        {"seccomp-profile": "/etc/docker/profile.json"},
        {"insecure-registries": []},
        {"group": "docker"},
        {"iptables": True, "experimental": False},
        {"ip": None},
    ],
)
def test_a_good_engine_raises_no_alarm(setting: Tree) -> None:
    assert found(container(), ENGINE | setting) == set()


def test_without_any_settings_the_engine_fails_what_it_does_not_do_by_itself() -> None:
    failures = {one["id"] for one in containers.audit([], {"unreadable": "there is none"})[2]}
    assert failures == {"2.2", "2.13", "2.14", "2.15", "2.16"}
    assert failures < set(ENGINE_CHECKS)
