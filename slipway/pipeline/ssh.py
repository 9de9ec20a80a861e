"""SSH of a job: a private copy of the key, pinned host keys only, and one try before Ansible starts."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.connection import OTHER_USER
from ansible_collections.slipway.kit.plugins.plugin_utils.ssh_words import ssh_path
from slipway.inventory import Target

from .settings import VARIABLES_PAGE, Settings

CONNECT_TIMEOUT_S = 10  # a host that does not answer by then fails the job well below half a minute


@contextmanager
def private_key(settings: Settings) -> Iterator[Path]:
    """Give a copy of the key that SSH accepts (mode 0600, last newline present); it is gone afterwards.

    Raises:
        RefusalError: when the variable holds no private key, or one with a passphrase.
    """
    with TemporaryDirectory(prefix="slipway-") as folder:
        key = Path(folder) / "key"
        key.touch(mode=0o600)
        # Reading as text turns a browser's line ends into the ones that SSH wants.
        key.write_text(settings.ssh_key.read_text().rstrip("\n") + "\n")
        answer = subprocess.run(["ssh-keygen", "-y", "-P", "", "-f", key], capture_output=True, text=True, check=False)
        if answer.returncode:
            raise RefusalError(
                what="SLIPWAY_SSH_KEY is not a private key that a job can use (no passphrase, OpenSSH or PEM form)",
                value=answer.stderr.strip().splitlines()[-1].replace(str(key), "SLIPWAY_SSH_KEY"),
                where=VARIABLES_PAGE.format(scope=settings.environment),
                next=f"slipway ci-setup {settings.environment}",
            )
        yield key


def options(known_hosts: Path) -> list[str]:
    """Return the SSH options that pin the hosts: nothing is asked, nothing is learnt."""
    return [
        *("-o", f"UserKnownHostsFile={ssh_path(known_hosts)}"),
        *("-o", "GlobalKnownHostsFile=/dev/null"),
        *("-o", "StrictHostKeyChecking=yes"),
        *("-o", "IdentitiesOnly=yes"),
        *("-o", "BatchMode=yes"),
        *("-o", f"ConnectTimeout={CONNECT_TIMEOUT_S}"),
    ]


def login(target: Target, key: Path, known_hosts: Path) -> list[str]:
    """Return the command that logs in and does nothing."""
    pinned = options(known_hosts)
    where = ["-i", str(key), "-p", str(target.port), "-l", target.user, "--", target.address]
    return ["ssh", *pinned, *target.args, *where, "true"]  # SSH takes the first of two values


def try_all(targets: Iterable[Target], settings: Settings, key: Path) -> None:
    """Log in to every host once.

    Raises:
        RefusalError: for the first host that can't be entered, with the reason in words.
    """
    for target in targets:
        command = login(target, key, settings.known_hosts)
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise explain(target, settings.environment, f"{answer.stdout}\n{answer.stderr}")


def explain(target: Target, environment: str, said: str) -> RefusalError:
    """Return what SSH's complaint means and what to do."""
    where = VARIABLES_PAGE.format(scope=environment)
    login_name = f"{target.user}@{target.address}:{target.port}"
    if "REMOTE HOST IDENTIFICATION HAS CHANGED" in said:
        fingerprint = next((word.rstrip(".") for word in said.split() if word.startswith("SHA256:")), "unknown")
        return RefusalError(
            what=f"the host key of {target.name} is not the pinned one: a rebuilt host, or somebody in between",
            value=f"{login_name} shows {fingerprint}",
            where=f"SLIPWAY_KNOWN_HOSTS, {where}",
            next=f"compare with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host's console; if it is "
            f"right: slipway ci-setup {environment}",
        )
    if "host key is known for" in said:
        return RefusalError(
            what=f"no host key is pinned for {target.name}",
            value=login_name,
            where=f"SLIPWAY_KNOWN_HOSTS, {where}",
            next=f"slipway ci-setup {environment}",
        )
    if other := re.search(OTHER_USER, said, re.IGNORECASE):
        return RefusalError(
            what=f"{target.name} refuses the login as {target.user} and wants {other['wanted']} instead",
            value=login_name,
            where=f"ansible_user of {target.name} in the inventory: {other['wanted']}",
            next=f"slipway ci-setup {environment}   # where that user does not have the deploy key yet",
        )
    if "Permission denied" in said:
        return RefusalError(
            what=f"{target.name} does not accept the key",
            value=login_name,
            where=f"SLIPWAY_SSH_KEY, {where}, and the authorized keys in the inventory",
            next=f"`slipway ci-setup {environment}` prints the public key; declare it, then "
            f"`slipway provision {environment}`",
        )
    return RefusalError(
        what=f"{target.name} can't be reached",
        value=f"{login_name}: {(said.strip().splitlines() or ['no answer'])[-1]}",
        where="hosts.yml of the inventory, and the firewall between runner and host",
        next=f"ssh {target.user}@{target.address} true",
    )
