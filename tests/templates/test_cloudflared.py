"""The routes that cloudflared is given, judged by cloudflared itself where its pinned program can be had."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from slipway.artifacts import ArtifactError, architecture_of, fetch, load
from tests.summary import Note

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = Path(__file__).with_name("routes.yml")
TUNNEL_ID = "01234567-89ab-cdef-0123-456789abcdef"
CANARY = "Y2FuYXJ5LW9mLWEtdHVubmVsLXNlY3JldC0zMi1ieXRlcw=="
AUDIENCE = "0123456789abcdef" * 4
INPUTS = {
    "slipway_apps": [
        {"name": "shop", "domains": ["dev.example.com", "demo.example.com"], "exposure": "tunnel", "build": "app"},
        {"name": "site", "domains": ["www.example.com"], "exposure": "public", "build": "app"},
    ],
    "cloudflared_access": {"team": "quiet-river", "audience": AUDIENCE},
    "cloudflared_credentials": {"AccountTag": "0" * 32, "TunnelID": TUNNEL_ID, "TunnelSecret": CANARY},
}


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("routes") / "config.yml"
    inputs = path.with_name("inputs.json")
    inputs.write_text(json.dumps({**INPUTS, "routes": str(path)}))
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", str(PLAYBOOK)]
    environment = {**os.environ, "ANSIBLE_STRATEGY": "linear"}
    played = subprocess.run(
        [*command, "--extra-vars", f"@{inputs}"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert played.returncode == 0, played.stdout
    return path


def program(note: Note, what: str) -> Path | None:
    """Return cloudflared, or None with a line in the summary that says what did not run and why."""
    try:
        return fetch(load("cloudflared", architecture_of(platform.machine())))
    except ArtifactError as error:
        note("did not run", f"cloudflared itself: {what}\n  {str(error).splitlines()[0]}")
        return None


def test_only_apps_of_the_tunnel_are_routed_and_all_else_is_404(routes: Path) -> None:  # K-04, K-05
    rules = yaml.safe_load(routes.read_text())["ingress"]
    assert [rule.get("hostname") for rule in rules] == ["dev.example.com", "demo.example.com", None]
    assert rules[-1] == {"service": "http_status:404"}


def test_caddy_is_asked_by_the_name_that_visitors_use(routes: Path) -> None:
    for rule in yaml.safe_load(routes.read_text())["ingress"][:-1]:
        assert rule["service"] == "https://127.0.0.1:443"
        assert rule["originRequest"] == {"originServerName": rule["hostname"]}


def test_every_request_must_carry_a_pass_of_the_team_for_this_site(routes: Path) -> None:  # K-06
    document = yaml.safe_load(routes.read_text())
    wanted = {"required": True, "teamName": "quiet-river", "audTag": [AUDIENCE]}
    assert document["originRequest"]["access"] == wanted
    # A rule's own settings would replace these.
    assert [rule for rule in document["ingress"] if "access" in rule.get("originRequest", {})] == []


def test_no_secret_is_in_the_routes(routes: Path) -> None:  # K-02
    assert CANARY not in routes.read_text()


def test_cloudflared_accepts_the_routes(routes: Path, note: Note) -> None:
    binary = program(note, "`ingress validate` of the rendered routes")
    if binary:
        judged = subprocess.run(
            [str(binary), "--config", str(routes), "tunnel", "ingress", "validate"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (judged.returncode, judged.stdout.splitlines()[-1]) == (0, "OK"), judged


def test_cloudflared_refuses_routes_without_the_last_rule(routes: Path, note: Note) -> None:  # K-04
    binary = program(note, "`ingress validate` of routes without the catch-all")
    if binary:
        maimed = routes.with_name("maimed.yml")
        maimed.write_text(routes.read_text().replace("  - service: http_status:404\n", ""))
        judged = subprocess.run(
            [str(binary), "--config", str(maimed), "tunnel", "ingress", "validate"], capture_output=True, check=False
        )
        assert judged.returncode == 1


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("https://dev.example.com/any", "https://127.0.0.1:443"),
        ("https://demo.example.com/", "https://127.0.0.1:443"),
        ("https://www.example.com/", "http_status:404"),
        ("https://example.org/", "http_status:404"),
    ],
)
def test_cloudflared_routes_a_visitor(routes: Path, note: Note, url: str, service: str) -> None:  # K-05
    binary = program(note, f"`ingress rule` for {url}")
    if binary:
        asked = [str(binary), "--config", str(routes), "tunnel", "ingress", "rule", url]
        matched = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        assert re.search(rf"service: {re.escape(service)}$", matched, re.MULTILINE), matched
