"""`cloudflare_tunnel` in a real ansible-playbook: what it does to the vault, and what it never says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from .standin import ACCOUNT_ID, TEAM, StandIn

ROOT = Path(__file__).resolve().parents[3]
CANARY = "canary-of-an-api-token"
PASSWORD = "canary-of-a-vault-password"
PLAY = [
    {
        "name": "Tunnel",
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Make the tunnel",
                "slipway.kit.cloudflare_tunnel": {
                    "name": "slipway-dev",
                    "zone": "example.com",
                    "domains": ["dev.example.com"],
                    "allowed": "{{ allowed | default(['example.com']) }}",
                    "api_token": "{{ vault_cloudflare_api_token }}",
                    "api_url": "{{ api_url }}",
                    "vault_file": "{{ inventory_dir }}/group_vars/all/vault.yml",
                    "state": "{{ state | default('present') }}",
                },
            },
        ],
    }
]


@pytest.fixture
def inventory(tmp_path: Path, api: StandIn) -> Path:
    folder = tmp_path / "dev"
    (folder / "group_vars" / "all").mkdir(parents=True)
    hosts = {"all": {"hosts": {"dev1": {"ansible_connection": "local"}}, "vars": {"api_url": api.url}}}
    (folder / "hosts.yml").write_text(yaml.safe_dump(hosts))
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "play.yml").write_text(yaml.safe_dump(PLAY))
    vault(folder).write_bytes(cipher().encrypt(f"vault_cloudflare_api_token: {CANARY}\n".encode()))
    api.tokens[CANARY] = api.tokens["token-for-tests"]
    return folder


def vault(inventory: Path) -> Path:
    return inventory / "group_vars" / "all" / "vault.yml"


def cipher() -> VaultLib:
    return VaultLib([("default", VaultSecret(PASSWORD.encode()))])


def play(inventory: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory), "-vvv", "--diff"]
    command += ["--vault-password-file", str(inventory.parent / "password"), *args, str(inventory.parent / "play.yml")]
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_STRATEGY": "linear"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_credentials_go_into_the_vault_and_nowhere_else(inventory: Path, api: StandIn) -> None:
    first = play(inventory)
    assert first.returncode == 0, first.stdout
    [tunnel] = api.tunnels.values()
    kept = yaml.safe_load(cipher().decrypt(vault(inventory).read_bytes()))
    assert kept["vault_cloudflared_credentials"] == {
        "dev1": {"AccountTag": ACCOUNT_ID, "TunnelID": tunnel["id"], "TunnelSecret": tunnel["tunnel_secret"]}
    }
    assert kept["vault_cloudflare_api_token"] == CANARY
    again = play(inventory)
    assert "changed=0" in again.stdout, again.stdout
    for canary in (CANARY, PASSWORD, str(tunnel["tunnel_secret"])):
        for shown in (first.stdout, first.stderr, again.stdout, again.stderr, vault(inventory).read_text()):
            assert canary not in shown


def test_whose_pass_counts_is_kept_beside_and_forgotten_with_the_guard(inventory: Path, api: StandIn) -> None:
    play(inventory)
    [app] = api.apps.values()
    kept = yaml.safe_load(cipher().decrypt(vault(inventory).read_bytes()))
    assert kept["vault_cloudflared_access"] == {"dev1": {"team": TEAM, "audience": app["aud"]}}
    opened = play(inventory, "--extra-vars", '{"allowed": []}')
    assert "let everybody in" in opened.stdout, opened.stdout
    kept = yaml.safe_load(cipher().decrypt(vault(inventory).read_bytes()))
    assert kept["vault_cloudflared_access"] == {}  # not absent: this very run has read the old value already


def test_a_dry_run_makes_nothing(inventory: Path, api: StandIn) -> None:
    sealed = vault(inventory).read_bytes()
    dry = play(inventory, "--check")
    assert "create the tunnel slipway-dev" in dry.stdout
    assert (api.tunnels, api.records, vault(inventory).read_bytes()) == ({}, {}, sealed)


def test_taking_it_down_forgets_the_credentials(inventory: Path, api: StandIn) -> None:
    play(inventory)
    gone = play(inventory, "--extra-vars", "state=absent")
    assert gone.returncode == 0, gone.stdout
    kept = yaml.safe_load(cipher().decrypt(vault(inventory).read_bytes()))
    assert kept == {
        "vault_cloudflare_api_token": CANARY,
        "vault_cloudflared_credentials": {},
        "vault_cloudflared_access": {},
    }


def test_a_refusal_says_what_to_do_and_shows_no_secret(inventory: Path, api: StandIn) -> None:
    api.tokens[CANARY] = frozenset({"zone.read"})
    refused = play(inventory)
    assert "lacks the permission `Account · Cloudflare Tunnel · Edit`" in refused.stdout + refused.stderr
    assert CANARY not in refused.stdout + refused.stderr


def test_a_vault_in_the_clear_stops_it_before_anything_is_made(inventory: Path, api: StandIn) -> None:
    vault(inventory).write_text(f"vault_cloudflare_api_token: {CANARY}\n")
    refused = play(inventory)
    assert "is not encrypted" in refused.stdout + refused.stderr
    assert api.asked == []
