"""Make the deploy key, collect the pinned host keys and set (or list) the GitLab variables of an environment."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from slipway.pipeline import inventory, ssh
from slipway.pipeline.programs import ROOT
from slipway.pipeline.refusal import EXIT_REFUSED, RefusalError
from slipway.pipeline.settings import Settings

from . import gitlab, keys, variables

EXITS = """exit codes: 0 done, 2 refused

environment: GITLAB_TOKEN (scope api) sets the variables, without it they are listed for pasting;
GITLAB_URL and GITLAB_PROJECT, where remote `origin` of the repository with the inventory does not say them"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Set up GitLab for one environment and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="slipway.ci_setup", description=__doc__, epilog=EXITS, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("environment", help="folder in inventories/")
    parser.add_argument("--review", action="store_true", help="review apps use this environment's host too")
    parser.add_argument("--inventories", type=Path, default=ROOT / "inventories", help="folder of the inventories")
    options = parser.parse_args(arguments)
    try:
        set_up(options.inventories.resolve() / options.environment, os.environ, review=options.review)
    except RefusalError as refusal:
        print(refusal, file=sys.stderr)
        return EXIT_REFUSED
    return 0


def set_up(inventory_folder: Path, environ: Mapping[str, str], *, review: bool) -> None:
    """Do all steps; each says what it did."""
    environment, folder = inventory_folder.name, config_folder(environ)
    project = gitlab.project(environ, gitlab.remote_of(inventory_folder))
    settings = _settings(inventory_folder, folder)
    targets = inventory.read(settings).targets
    hosts = "".join(keys.known_hosts(target, environment) for target in targets)
    pinned = folder / f"{environment}.known-hosts"
    key = keys.deploy_key(folder, environment)
    pinned.write_text(hosts)
    print(f"deploy key    {key}\nknown hosts   {pinned} ({len(hosts.splitlines())} keys of {len(targets)} hosts)")
    _report_login(settings, targets, key, pinned)
    wanted = variables.of_environment(
        [environment, *(["review/*"] if review else [])],
        ssh_key=key.read_text(),
        known_hosts=hosts,
        vault_password=settings.vault_password.read_text(),
        protected=not review,
    )
    if project:
        print(f"project       {project.server}/{project.path}")
        for variable in wanted:
            print(f"{project.put(variable):8} {variable.key:24} scope {variable.scope}")
        return
    sources = {"SLIPWAY_SSH_KEY": key, "SLIPWAY_KNOWN_HOSTS": pinned, "SLIPWAY_VAULT_PASSWORD": settings.vault_password}
    print("\nGitLab: Settings > CI/CD > Variables > Add variable, each of type File:")
    for variable in wanted:
        flags = ", ".join(["protected"] * variable.protected + ["masked"] * variable.masked) or "no flags"
        print(f"  {variable.key:24} scope {variable.scope:12} {flags:18} content of {sources[variable.key]}")


def config_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of this person's own files: outside every repository."""
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "slipway"


def _settings(inventory_folder: Path, folder: Path) -> Settings:
    environment = inventory_folder.name
    password = folder / f"{environment}.vault-pass"
    for path, what in ((inventory_folder / "hosts.yml", "inventory"), (password, "vault password")):
        if not path.is_file():
            raise RefusalError(
                what=f"{environment} has no {what} on this machine",
                value=str(path),
                where="the control machine",
                next=f"make init ENV={environment}",
            )
    nothing = Path(os.devnull)
    return Settings(environment, inventory_folder, nothing, nothing, password, "ci-setup")


def _report_login(settings: Settings, targets: Sequence[ssh.Target], key: Path, pinned: Path) -> None:
    public = key.with_name(f"{key.name}.pub")
    for target in targets:
        if subprocess.run(ssh.login(target, key, pinned), capture_output=True, check=False).returncode:
            let_in = f"user={target.user} key={{{{ lookup('file', '{public}') }}}}"
            command = ["ansible", target.name, "-i", settings.inventory, "-m", "authorized_key", "-a", let_in]
            print(f"not let in yet by {target.name}:")
            print(f"  where admin_users in {settings.inventory} lists {target.user}: add this key to its keys")
            print(f"    {public.read_text().strip()}")
            print(f"  else: .venv/bin/{shlex.join(str(word) for word in command)}")


if __name__ == "__main__":
    sys.exit(main())
