"""The deploy key of an environment, and the host keys that this person's SSH has already verified."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.inventory import Target


def deploy_key(folder: Path, environment: str) -> Path:
    """Return the path of the environment's deploy key; the first time it is made (Ed25519, mode 0600)."""
    key = folder / f"{environment}.deploy-key"
    if not key.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        comment = f"slipway-deploy-{environment}"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", key], check=True)
    return key


def known_hosts(target: Target, environment: str) -> str:
    """Return the pinned lines of a host, from the files that SSH itself would look in.

    They were verified when somebody first logged in; scanning the network now would trust whoever answers.

    Raises:
        RefusalError: when this machine has never verified the host.
    """
    asked = subprocess.run(
        ["ssh", "-G", *target.args, "-p", str(target.port), target.address], capture_output=True, text=True, check=True
    )
    settings = dict(line.split(" ", 1) for line in asked.stdout.splitlines() if " " in line)
    address = settings.get("hostkeyalias", settings["hostname"])
    name = address if target.port == 22 else f"[{address}]:{target.port}"  # noqa: PLR2004 - SSH's own port
    files = [file for key in ("userknownhostsfile", "globalknownhostsfile") for file in _files(settings.get(key, ""))]
    found = [line for file in files for line in _lines(name, Path(file).expanduser())]
    if not found:
        raise RefusalError(
            what=f"this machine has never verified the host key of {target.name}",
            value=name,
            where=", ".join(files),
            next=f"ssh -p {target.port} {target.user}@{target.address} (compare the fingerprint), then "
            f"slipway ci-setup {environment}",
        )
    return "".join(f"{name} {line}\n" for line in dict.fromkeys(found))


def _files(listed: str) -> list[str]:
    """Return the files in a list of SSH's, which prints them without quotes."""
    return [listed] if Path(listed).expanduser().is_file() else listed.split()


def _lines(name: str, file: Path) -> list[str]:
    """Return `<type> <key>` of each line about the host; hashed names are matched by ssh-keygen."""
    if not file.is_file():
        return []
    answer = subprocess.run(["ssh-keygen", "-F", name, "-f", file], capture_output=True, text=True, check=False)
    lines = [line.split() for line in answer.stdout.splitlines() if line and not line.startswith(("#", "@"))]
    return [f"{line[1]} {line[2]}" for line in lines]
