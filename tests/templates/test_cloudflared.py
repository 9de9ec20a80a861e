"""The routes that cloudflared is given, judged by cloudflared itself where it is available."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.templates import routes as routing

TUNNEL_ID = "01234567-89ab-cdef-0123-456789abcdef"
CANARY = "Y2FuYXJ5LW9mLWEtdHVubmVsLXNlY3JldC0zMi1ieXRlcw=="
AUDIENCE = "0123456789abcdef" * 4
ACCESS = {"required": True, "teamName": "quiet-river", "audTag": [AUDIENCE]}
INPUTS: dict[str, object] = {
    "slipway_apps": [
        {"name": "shop", "domains": ["dev.example.com", "demo.example.com"], "exposure": "tunnel", "build": "app"},
        {"name": "site", "domains": ["www.example.com"], "exposure": "public", "build": "app"},
    ],
    "cloudflared_access": {"team": "quiet-river", "audience": AUDIENCE},
    "cloudflared_credentials": {"AccountTag": "0" * 32, "TunnelID": TUNNEL_ID, "TunnelSecret": CANARY},
}


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return routing.write(tmp_path_factory.mktemp("routes") / "config.yml", **INPUTS)


def ingress(cloudflared: Path, routes: Path, *asked: str) -> subprocess.CompletedProcess[str]:
    command = [str(cloudflared), "--config", str(routes), "tunnel", "ingress", *asked]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_only_apps_of_the_tunnel_are_routed_and_all_else_is_404(routes: Path) -> None:  # K-04, K-05
    rules = yaml.safe_load(routes.read_text())["ingress"]
    assert [rule.get("hostname") for rule in rules] == ["dev.example.com", "demo.example.com", None]
    assert rules[-1] == {"service": "http_status:404"}


def test_caddy_is_asked_by_the_name_that_visitors_use(routes: Path) -> None:
    for rule in yaml.safe_load(routes.read_text())["ingress"][:-1]:
        assert rule["service"] == "https://127.0.0.1:443"
        assert rule["originRequest"]["originServerName"] == rule["hostname"]


def test_every_request_must_carry_a_pass_of_the_team_for_this_site(routes: Path) -> None:  # K-06
    document = yaml.safe_load(routes.read_text())
    assert [rule["originRequest"]["access"] for rule in document["ingress"][:-1]] == [ACCESS, ACCESS]
    # What stands there for all rules is not enforced for any.
    assert "access" not in document["originRequest"]


def test_no_secret_is_in_the_routes(routes: Path) -> None:  # K-02
    assert CANARY not in routes.read_text()


@pytest.mark.cloudflared
def test_cloudflared_accepts_the_routes(routes: Path, cloudflared: Path) -> None:
    judged = ingress(cloudflared, routes, "validate")
    # It passes a key that it does not know, with a warning in place of the OK.
    assert (judged.returncode, judged.stdout.splitlines()[-1]) == (0, "OK"), judged


@pytest.mark.cloudflared
def test_cloudflared_refuses_routes_without_the_last_rule(routes: Path, cloudflared: Path) -> None:  # K-04
    maimed = routes.with_name("maimed.yml")
    maimed.write_text(routes.read_text().replace("  - service: http_status:404\n", ""))
    judged = ingress(cloudflared, maimed, "validate")
    assert judged.returncode == 1
    assert "The last ingress rule must match all URLs" in judged.stderr


@pytest.mark.cloudflared
@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("https://dev.example.com/any", "https://127.0.0.1:443"),
        ("https://demo.example.com/", "https://127.0.0.1:443"),
        ("https://www.example.com/", "http_status:404"),
        ("https://example.org/", "http_status:404"),
    ],
)
def test_cloudflared_routes_a_visitor(routes: Path, cloudflared: Path, url: str, service: str) -> None:  # K-05
    matched = ingress(cloudflared, routes, "rule", url).stdout
    assert re.search(rf"service: {re.escape(service)}$", matched, re.MULTILINE), matched
