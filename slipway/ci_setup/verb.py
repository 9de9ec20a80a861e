"""Make the deploy key, collect the pinned host keys and set (or list) the GitLab variables of an environment."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway import inventory
from slipway.environment import Environment
from slipway.inventory import Target
from slipway.pipeline import ssh
from slipway.playbook import program

from . import gitlab, keys, review, variables


def set_up(environment: Environment, environ: Mapping[str, str]) -> None:
    """Let the protected branches deploy an environment; each step says what it did."""
    folder, name = config_folder(environ), environment.name
    project = gitlab.project(environ, gitlab.remote_of(environment.folder))
    password = folder / f"{name}.vault-pass"
    _there(password, "vault password", name)
    targets = inventory.read(environment, [password]).some_host().targets
    prepared = _prepare(environment, targets, folder, name)
    _give(project, prepared | {"SLIPWAY_VAULT_PASSWORD": password}, scope=name, protected=True)


def hand_out_to_branches(environment: Environment, environ: Mapping[str, str], ask: review.Ask | None) -> None:
    """Let every branch deploy its review app: with a key of its own, without the vault's password."""
    folder = config_folder(environ)
    project = gitlab.project(environ, gitlab.remote_of(environment.folder))
    _there(environment.folder / "hosts.yml", "inventory", environment.name)
    targets = review.hosts_for_branches(environment)
    review.agree(environment.folder, targets, ask)
    prepared = _prepare(environment, targets, folder, f"{environment.name}-review")
    if project and project.drop("SLIPWAY_VAULT_PASSWORD", review.SCOPE):
        print(f"removed  SLIPWAY_VAULT_PASSWORD   scope {review.SCOPE}")
    _give(project, prepared, scope=review.SCOPE, protected=False)


def _prepare(environment: Environment, targets: Sequence[Target], folder: Path, name: str) -> dict[str, Path]:
    """Make the key and collect the hosts' keys; return the files by the variables that they become."""
    hosts = "".join(keys.known_hosts(target, environment.name) for target in targets)
    pinned = folder / f"{name}.known-hosts"
    key = keys.deploy_key(folder, name)
    pinned.write_text(hosts)
    print(f"deploy key    {key}\nknown hosts   {pinned} ({len(hosts.splitlines())} keys of {len(targets)} hosts)")
    _report_login(environment, targets, key, pinned)
    return {"SLIPWAY_SSH_KEY": key, "SLIPWAY_KNOWN_HOSTS": pinned}


def _give(project: gitlab.Project | None, files: Mapping[str, Path], *, scope: str, protected: bool) -> None:
    given = [variables.Variable(name, file.read_text(), scope, protected) for name, file in files.items()]
    if project:
        print(f"project       {project.server}/{project.path}")
        for variable in given:
            print(f"{project.put(variable):8} {variable.key:24} scope {variable.scope}")
        return
    print("\nGitLab: Settings > CI/CD > Variables > Add variable, each of type File:")
    for variable in given:
        flags = ", ".join(["protected"] * variable.protected + ["masked"] * variable.masked) or "no flags"
        print(f"  {variable.key:24} scope {variable.scope:12} {flags:18} content of {files[variable.key]}")


def asker(*, agreed: bool, environment: Environment) -> review.Ask | None:
    """Return who is asked whether to go on: nobody where that was agreed to already, or where there is no terminal."""
    if agreed:
        return lambda _: environment.name
    return input if sys.stdin.isatty() else None


def config_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of this person's own files: outside every repository."""
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "slipway"


def _there(path: Path, what: str, environment: str) -> None:
    if not path.is_file():
        raise RefusalError(
            what=f"{environment} has no {what} on this machine",
            value=str(path),
            where="the control machine",
            next=f"slipway init {environment}",
        )


def _report_login(environment: Environment, targets: Sequence[Target], key: Path, pinned: Path) -> None:
    public = key.with_name(f"{key.name}.pub")
    for target in targets:
        if subprocess.run(ssh.login(target, key, pinned), capture_output=True, check=False).returncode:
            let_in = f"user={target.user} key='{public.read_text().strip()}'"
            command = [program("ansible"), target.name, "-i", environment.folder, "-m", "authorized_key", "-a", let_in]
            print(f"not let in yet by {target.name}:")
            print(f"  where admin_users in {environment.folder} lists {target.user}: add this key to its keys")
            print(f"    {public.read_text().strip()}")
            print(f"  else: {shlex.join(map(str, command))}")
