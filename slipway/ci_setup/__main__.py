"""Make the deploy key, collect the pinned host keys and set (or list) the GitLab variables of an environment."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from slipway.pipeline import inventory, ssh
from slipway.pipeline.given import refuse_strange
from slipway.pipeline.programs import ROOT
from slipway.pipeline.refusal import EXIT_REFUSED, RefusalError
from slipway.pipeline.settings import Settings

from . import gitlab, keys, review, variables

EXITS = """exit codes: 0 done, 2 refused

environment: GITLAB_TOKEN (scope api) sets the variables, without it they are listed for pasting;
GITLAB_URL and GITLAB_PROJECT, where remote `origin` of the repository with the inventory does not say them"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Set up GitLab for one environment and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="slipway.ci_setup", description=__doc__, epilog=EXITS, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("environment", help="folder in inventories/")
    parser.add_argument("--review", action="store_true", help="let branches deploy review apps to this host, as root")
    parser.add_argument("--yes", action="store_true", help="with --review: agree to what it says")
    parser.add_argument("--inventories", type=Path, default=ROOT / "inventories", help="folder of the inventories")
    options = parser.parse_args(arguments)
    try:
        refuse_strange(vars(options), {"environment": forms.ENVIRONMENT}, "the command line")
        folder = options.inventories.resolve() / options.environment
        if options.review:
            hand_out_to_branches(folder, os.environ, _asker(agreed=options.yes, environment=options.environment))
        else:
            set_up(folder, os.environ)
    except RefusalError as refusal:
        print(refusal, file=sys.stderr)
        return EXIT_REFUSED
    return 0


def set_up(inventory_folder: Path, environ: Mapping[str, str]) -> None:
    """Let the protected branches deploy an environment; each step says what it did."""
    folder = config_folder(environ)
    project = gitlab.project(environ, gitlab.remote_of(inventory_folder))
    settings, password = _settings(inventory_folder, folder)
    prepared = _prepare(settings, inventory.read(settings).targets, folder, inventory_folder.name)
    _give(project, prepared | {"SLIPWAY_VAULT_PASSWORD": password}, scope=inventory_folder.name, protected=True)


def hand_out_to_branches(inventory_folder: Path, environ: Mapping[str, str], ask: review.Ask | None) -> None:
    """Let every branch deploy its review app: with a key of its own, without the vault's password."""
    folder = config_folder(environ)
    project = gitlab.project(environ, gitlab.remote_of(inventory_folder))
    _there(inventory_folder / "hosts.yml", "inventory", inventory_folder.name)
    targets = review.hosts_for_branches(inventory_folder)
    review.agree(inventory_folder, targets, ask)
    nothing = Path(os.devnull)
    settings = Settings(inventory_folder.name, inventory_folder, nothing, nothing, None, "ci-setup", inventory_folder)
    prepared = _prepare(settings, targets, folder, f"{inventory_folder.name}-review")
    if project and project.drop("SLIPWAY_VAULT_PASSWORD", review.SCOPE):
        print(f"removed  SLIPWAY_VAULT_PASSWORD   scope {review.SCOPE}")
    _give(project, prepared, scope=review.SCOPE, protected=False)


def _prepare(settings: Settings, targets: Sequence[ssh.Target], folder: Path, name: str) -> dict[str, Path]:
    """Make the key and collect the hosts' keys; return the files by the variables that they become."""
    hosts = "".join(keys.known_hosts(target, settings.environment) for target in targets)
    pinned = folder / f"{name}.known-hosts"
    key = keys.deploy_key(folder, name)
    pinned.write_text(hosts)
    print(f"deploy key    {key}\nknown hosts   {pinned} ({len(hosts.splitlines())} keys of {len(targets)} hosts)")
    _report_login(settings, targets, key, pinned)
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


def _asker(*, agreed: bool, environment: str) -> review.Ask | None:
    if agreed:
        return lambda _: environment
    return input if sys.stdin.isatty() else None


def config_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of this person's own files: outside every repository."""
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "slipway"


def _settings(inventory_folder: Path, folder: Path) -> tuple[Settings, Path]:
    environment = inventory_folder.name
    password = folder / f"{environment}.vault-pass"
    _there(inventory_folder / "hosts.yml", "inventory", environment)
    _there(password, "vault password", environment)
    nothing = Path(os.devnull)
    settings = Settings(environment, inventory_folder, nothing, nothing, password, "ci-setup", inventory_folder)
    return settings, password


def _there(path: Path, what: str, environment: str) -> None:
    if not path.is_file():
        raise RefusalError(
            what=f"{environment} has no {what} on this machine",
            value=str(path),
            where="the control machine",
            next=f"make init ENV={environment}",
        )


def _report_login(settings: Settings, targets: Sequence[ssh.Target], key: Path, pinned: Path) -> None:
    public = key.with_name(f"{key.name}.pub")
    for target in targets:
        if subprocess.run(ssh.login(target, key, pinned), capture_output=True, check=False).returncode:
            let_in = f"user={target.user} key='{public.read_text().strip()}'"
            command = ["ansible", target.name, "-i", settings.inventory, "-m", "authorized_key", "-a", let_in]
            print(f"not let in yet by {target.name}:")
            print(f"  where admin_users in {settings.inventory} lists {target.user}: add this key to its keys")
            print(f"    {public.read_text().strip()}")
            print(f"  else: .venv/bin/{shlex.join(str(word) for word in command)}")


if __name__ == "__main__":
    sys.exit(main())
