"""The inventory of a rig: hosts and how to reach them, the test authority, throw-away secrets."""

from __future__ import annotations

import base64
import secrets
import shlex
from collections.abc import Collection
from pathlib import Path

import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.ssh_words import ssh_path
from slipway.rig.acme import Acme
from slipway.rig.host import Host

SECRET_BYTES = 32


def write(folder: Path, hosts: Collection[Host], acme: Acme) -> Path:
    """Write the inventory directory and return it; secrets of an earlier run of the same rig stay."""
    inventory = folder / "inventory"
    variables = inventory / "group_vars" / "all"
    variables.mkdir(parents=True, exist_ok=True)
    _dump(inventory / "hosts.yml", {"all": {"hosts": {host.name: connection(host) for host in hosts}}})
    _dump(
        variables / "acme.yml",
        {
            "caddy_acme_directory": acme.directory,
            "caddy_acme_root": str(acme.ca_pem),
            "slipway_trust_root": str(acme.root_pem),
        },
    )
    if not (variables / "vault.yml").exists():
        _dump(variables / "vault.yml", throw_away_secrets())
    (folder / "ssh_config").write_text("\n".join(ssh_config(host) for host in hosts))
    return inventory


def ssh_config(host: Host) -> str:
    """Return what an SSH configuration needs so that any client logs in to a host by its name."""
    lines = [
        f"HostName {host.address}",
        f"User {host.user}",
        f"IdentityFile {ssh_path(host.folder / 'id_ed25519')}",
        *(option.replace("=", " ", 1) for option in host.ssh_options() if option != "-o"),
    ]
    return "\n  ".join([f"Host {host.name}", *lines]) + "\n"


def connection(host: Host) -> dict[str, str]:
    """Return the variables that let Ansible log in to a host."""
    return {
        "ansible_host": host.address,
        "ansible_user": host.user,
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_ssh_private_key_file": str(host.folder / "id_ed25519"),
        "ansible_ssh_common_args": shlex.join(host.ssh_options()),
    }


def throw_away_secrets() -> dict[str, str]:
    """Return the secrets of the reference app, in the shape that a real vault has."""
    return {
        "vault_strongbox_secret_key": secrets.token_urlsafe(SECRET_BYTES),
        "vault_strongbox_kek": f"1:{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}",
    }


def _dump(path: Path, content: object) -> None:
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content, sort_keys=False))
