"""What an inventory declares, read as Ansible reads it: every file, every template, the vault where it is needed."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import NoHostError, RefusalError
from slipway.environment import Environment
from slipway.legible import other_passwords, refuse_unreadable, refuse_vaults
from slipway.playbook import surroundings
from slipway.unvaulted import without_vault

App = Mapping[str, object]
SSH_ARGS = ("ansible_ssh_common_args", "ansible_ssh_extra_args")


@dataclass(frozen=True)
class Target:
    """One host of the inventory as SSH sees it; `args` are the inventory's own SSH arguments, `key` its file."""

    name: str
    address: str
    user: str
    port: int = 22
    args: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True)
class Inventory:
    """The hosts of an environment, and the apps that any of them has, as they are declared."""

    environment: Environment
    targets: tuple[Target, ...]
    apps: tuple[App, ...]

    def app(self, name: str) -> dict[str, object]:
        """Return the declared app of this name.

        Raises:
            RefusalError: none is declared.
        """
        for app in self.apps:
            if app.get("name") == name:
                return dict(app)
        names = ", ".join(str(app.get("name")) for app in self.apps) or "none"
        raise RefusalError(
            "the inventory declares no app of this name",
            f"{name}; declared: {names}",
            f"slipway_apps in {self.environment.folder}, and the command line",
            "use the same name in both",
        )

    def completed(self, name: str) -> dict[str, object]:
        """Return an app with every default filled in.

        Raises:
            RefusalError, AppSpecError: none is declared, or not as it must be.
        """
        [app] = complete([self.app(name)])
        return dict(app)

    def some_host(self) -> Inventory:
        """Return itself.

        Raises:
            NoHostError: it names no host.
        """
        if self.targets:
            return self
        name, folder = self.environment.name, self.environment.folder
        raise NoHostError(
            f"the inventory of {name} names no host", str(folder), f"{folder}/hosts.yml", f"slipway init {name}"
        )


def read(
    environment: Environment, passwords: Iterable[Path] = (), environ: Mapping[str, str] | None = None
) -> Inventory:
    """Read an environment's inventories.

    Args:
        environment: whose.
        passwords: files with the vault's password, beside the one that is kept for the environment.
        environ: further variables for Ansible.

    Raises:
        UnreadableError: a file of it is not in order.
        RefusalError: Ansible can't read it; the message has its words.
    """
    refuse_unreadable(environment)
    program = [sys.executable, "-m", "slipway.templated", *map(str, environment.sources)]
    vault = ["--vault", *map(str, passwords)]
    done = subprocess.run(
        [*program, *vault], env=surroundings(environ), cwd=_importable(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        known = os.environ if environ is None else environ
        refuse_vaults(environment, passwords, others=other_passwords((), known))
        raise _unreadable(done.stderr, environment)
    return parse(json.loads(done.stdout), environment)


def read_without_vault(environment: Environment) -> Inventory:
    """Read an environment whose vault nobody opens: each of its values is made up.

    Raises:
        UnreadableError: a file of it is not in order.
        RefusalError: Ansible can't read it.
    """
    refuse_unreadable(environment)
    with without_vault(environment.folder) as copy:
        found = read(Environment(environment.name, (copy, *environment.sources[1:])))
    targets = tuple(_moved(target, copy, environment.folder) for target in found.targets)
    return Inventory(environment, targets, found.apps)


def parse(hosts: Mapping[str, Mapping[str, object]], environment: Environment) -> Inventory:
    """Return the inventory in what `slipway.templated` printed."""
    targets = tuple(_target(name, variables) for name, variables in sorted(hosts.items()) if name)
    apps: dict[str, App] = {}
    for variables in hosts.values():
        declared = variables.get("slipway_apps")
        for app in declared if isinstance(declared, list) else []:
            if isinstance(app, dict):
                apps.setdefault(str(app.get("name")), app)
    return Inventory(environment, targets, tuple(apps.values()))


def _importable() -> Path:
    """Return the folder from which the package can be imported, wherever this process was started."""
    return Path(__file__).resolve().parents[1]


def _target(name: str, variables: Mapping[str, object]) -> Target:
    return Target(
        name=name,
        address=str(variables.get("ansible_host", name)),
        user=str(variables.get("ansible_user", "root")),
        port=int(str(variables.get("ansible_port", 22))),
        args=tuple(word for key in SSH_ARGS for word in shlex.split(str(variables.get(key) or ""))),
        key=str(variables.get("ansible_ssh_private_key_file") or variables.get("ansible_private_key_file") or ""),
    )


def _moved(target: Target, copy: Path, folder: Path) -> Target:
    args = tuple(word.replace(str(copy), str(folder)) for word in target.args)
    return replace(target, args=args, key=target.key.replace(str(copy), str(folder)))


def _unreadable(stderr: str, environment: Environment) -> RefusalError:
    lines = stderr.strip().splitlines() or ["no message"]
    complaint = next((line for line in lines if line.startswith("ERROR")), lines[-1])
    listing = shlex.join(["ansible-inventory", *environment.flags(), "--list"])
    return RefusalError("Ansible can't read the inventory", complaint, str(environment.folder), listing)
