"""What `--review` hands out: shown in full, agreed to by a person, and never a way into a host of another inventory."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.environment import Environment
from slipway.inventory import Target, read_without_vault

SCOPE = "review/*"
# What GitLab itself takes for production: https://docs.gitlab.com/ci/environments/#deployment-tier-of-environments
PRODUCTION = re.compile(r"(?:.*[-_/])?(?:prod|production|live)(?:[-_/0-9].*)?", re.IGNORECASE)
Ask = Callable[[str], str]


def hosts_for_branches(environment: Environment) -> tuple[Target, ...]:
    """Return the hosts of an inventory that branches may get a key to.

    Raises:
        RefusalError: it is production's, or one of its hosts is also in another inventory beside it.
    """
    folder = environment.folder
    where, command = f"{folder}/hosts.yml", "slipway init review   # a host of its own"
    if PRODUCTION.fullmatch(folder.name):
        raise RefusalError("branches get no key to production", folder.name, where, command)
    targets = read_without_vault(environment).some_host().targets
    own = {target.address: target.name for target in targets}
    others = [path.parent for path in sorted(folder.parent.glob("*/hosts.yml")) if not path.parent.samefile(folder)]
    for other in others:
        for target in read_without_vault(Environment(other.name, (other,))).targets:
            if target.address in own:
                raise RefusalError(
                    f"branches get no key to a host of {other.name}",
                    f"{own[target.address]} is {target.name} of {other.name} ({target.address})",
                    where,
                    command,
                )
    return targets


def agree(folder: Path, targets: Sequence[Target], ask: Ask | None) -> None:
    """Print what is handed out and to whom, and go on only when the environment's name is typed.

    Raises:
        RefusalError: it was not, or there is nobody to ask.
    """
    environment = folder.name
    hosts = ", ".join(f"{target.name} ({target.user}@{target.address})" for target in targets)
    print(f"""
Handed out to the jobs of every branch, protected or not (variables of scope {SCOPE}):
  SLIPWAY_SSH_KEY      a key of its own, which logs in to {hosts}
  SLIPWAY_KNOWN_HOSTS  the pinned keys of those hosts
The vault's password is not handed out: review apps make up their secrets.

Whoever can push a branch to the project is then root on {hosts},
and reads and changes all that is there, apps, secrets and data of {environment} included.
Safer: a host that has nothing but review apps (slipway init review).
""")
    if ask is None:
        raise RefusalError(
            f"nobody agreed that branches are root on the hosts of {environment}",
            "(no terminal to ask on)",
            "the command line",
            f"slipway ci-setup {environment} --review --yes",
        )
    if ask(f"Type {environment} to go on: ").strip() != environment:
        raise RefusalError(
            f"nobody agreed that branches are root on the hosts of {environment}",
            "(another answer); nothing was handed out",
            "the question",
            "slipway init review   # a host of its own",
        )
