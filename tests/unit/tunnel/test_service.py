"""Which loopback port leads to a service of Docker Compose."""

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.tunnel.service import Service, parse, pick

RUNNING = [
    Service("shop", "web", (8000,)),
    Service("shop", "db", ()),
    Service("shop", "edge", (8080, 8443)),
    Service("blog", "api", (9000,)),
    Service("news", "api", (9001,)),
]


def test_the_ports_are_those_that_loopback_reaches() -> None:
    ports = {
        "8000/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8000"}, {"HostIp": "::", "HostPort": "8000"}],
        "8001/tcp": [{"HostIp": "192.0.2.1", "HostPort": "8001"}],
        "8002/udp": [{"HostIp": "127.0.0.1", "HostPort": "8002"}],
        "8003/tcp": None,
    }
    labels = {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"}
    document = json.dumps([{"Config": {"Labels": labels}, "NetworkSettings": {"Ports": ports}}])
    assert parse(document) == [Service("shop", "web", (8000,))]


@pytest.mark.parametrize(("wanted", "port"), [("web", 8000), ("shop/web", 8000), ("news/api", 9001)])
def test_a_service_is_found_by_its_name(wanted: str, port: int) -> None:
    assert pick(wanted, RUNNING) == port


@pytest.mark.parametrize(
    ("wanted", "what", "value", "then"),
    [
        ("wep", "no such service runs", "SERVICE=wep; running: blog/api, news/api, shop/db", "docker compose up"),
        ("blog/web", "no such service runs", "SERVICE=blog/web", "docker compose up --detach web"),
        ("api", "several projects run this service", "blog/api, news/api", "slipway tunnel --service blog/api"),
        ("db", "the service publishes no port", "SERVICE=db", 'write  ports: ["127.0.0.1:8000:8000"]'),
        ("edge", "the service publishes several ports", "8080, 8443", "slipway tunnel --port 8080"),
    ],
)
def test_what_leads_nowhere_is_refused_with_the_way_out(wanted: str, what: str, value: str, then: str) -> None:
    with pytest.raises(RefusalError) as refused:
        pick(wanted, RUNNING)
    refusal = refused.value
    assert refusal.what.startswith(what)
    assert refusal.value.startswith(value)
    assert refusal.next.startswith(then)
