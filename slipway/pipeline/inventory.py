"""Ask Ansible what the inventory says: hosts, and the app that the job is about."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from .declared import named
from .programs import ansible
from .refusal import NoHostError, RefusalError
from .settings import VARIABLES_PAGE, Settings
from .ssh import Target

INVENTORY_DIR = re.compile(r"\{\{\s*inventory_dir\s*\}\}")
SSH_ARGS = ("ansible_ssh_common_args", "ansible_ssh_extra_args")


@dataclass(frozen=True)
class Inventory:
    """Hosts, and the raw (untemplated) variables of the first of them."""

    targets: tuple[Target, ...]
    variables: Mapping[str, object]

    def app(self, name: str, settings: Settings) -> dict[str, object]:
        """Return the declared app called `name`.

        Raises:
            RefusalError: when the inventory declares no such app.
        """
        apps = [app for app in cast(list[object], self.variables.get("slipway_apps", [])) if isinstance(app, dict)]
        return named(apps, name, settings.inventory)


def listing(settings: Settings) -> list[str]:
    """Return the command that prints the whole inventory as JSON (secrets included: never let it reach the log)."""
    return [ansible("ansible-inventory"), "-i", str(settings.read_from), *settings.vault_options(), "--list"]


def read(settings: Settings, *, may_be_empty: bool = False) -> Inventory:
    """Read the inventory.

    Raises:
        RefusalError: when the vault does not open, the inventory has a fault, or names no host and has to.
    """
    answer = subprocess.run(listing(settings), capture_output=True, text=True, check=False)
    if answer.returncode:
        raise explain(answer.stderr, settings)
    inventory = parse(answer.stdout, settings.inventory)
    if not inventory.targets and not may_be_empty:
        raise NoHostError(
            what=f"the inventory of {settings.environment} names no host",
            value=str(settings.inventory),
            where=f"{settings.inventory}/hosts.yml",
            next=f"make init ENV={settings.environment}",
        )
    return inventory


def parse(document: str, folder: Path) -> Inventory:
    """Return the inventory in a document of `ansible-inventory --list`, which leaves templates as they are.

    Args:
        document: what the command printed.
        folder: the inventory's, which SSH arguments may name as `inventory_dir`.
    """
    document = INVENTORY_DIR.sub(lambda _: json.dumps(str(folder))[1:-1], document)
    hosts = cast(dict[str, dict[str, object]], json.loads(document).get("_meta", {}).get("hostvars", {}))
    targets = tuple(_target(name, variables) for name, variables in sorted(hosts.items()))
    return Inventory(targets, hosts[targets[0].name] if targets else {})


def explain(stderr: str, settings: Settings) -> RefusalError:
    """Return what Ansible's complaint about an inventory means and what to do."""
    if settings.vault_password and ("Decryption failed" in stderr or "vault secret" in stderr):
        return RefusalError(
            what="SLIPWAY_VAULT_PASSWORD does not open the inventory's vault",
            value="(not shown)",
            where=VARIABLES_PAGE.format(scope=settings.environment),
            next=f"make ci-setup ENV={settings.environment}",
        )
    complaint = [line for line in stderr.splitlines() if "ERROR" in line or "error" in line]
    return RefusalError(
        what="Ansible can't read the inventory",
        value=(complaint or stderr.strip().splitlines() or ["no message"])[0],
        where=str(settings.inventory),
        next=f"ansible-inventory -i {settings.inventory} --list",
    )


def _target(name: str, variables: Mapping[str, object]) -> Target:
    args = [arg for key in SSH_ARGS for arg in shlex.split(str(variables.get(key) or ""))]
    return Target(
        name=name,
        address=str(variables.get("ansible_host", name)),
        user=str(variables.get("ansible_user", "root")),
        port=int(str(variables.get("ansible_port", 22))),
        args=tuple(args),
    )
