"""What ~/.ssh/config makes of a host: `ssh-keyscan` does not read it, so its aliases and jumps lead nowhere there."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slipway.init.errors import InitError

JUMPS = ("proxyjump", "proxycommand")
SSH_PORT = "22"


@dataclass(frozen=True)
class Known:
    """How SSH goes to a host: address, port and user, and what it goes through; empty for the straight way."""

    address: str
    port: str
    user: str
    through: str


def look_up(host: str, config: Path | None = None) -> Known | None:
    """Return what SSH makes of a host; None where its configuration can't be read.

    Args:
        host: an address, a name or an alias.
        config: in place of the configuration of this person and this machine.
    """
    chosen = ["-F", str(config)] if config else []
    done = subprocess.run(["ssh", *chosen, "-G", "--", host], check=False, capture_output=True, text=True)
    return parse(done.stdout) if done.returncode == 0 else None


def parse(printed: str) -> Known:
    """Return the same from what `ssh -G` prints."""
    settings: Mapping[str, str] = {
        word: rest for word, _, rest in (line.partition(" ") for line in reversed(printed.splitlines()))
    }
    through = next((f"{key} {settings[key]}" for key in JUMPS if settings.get(key, "none") != "none"), "")
    return Known(settings.get("hostname", ""), settings.get("port", SSH_PORT), settings.get("user", ""), through)


def refuse_alias(host: str, known: Known | None) -> None:
    """Refuse a host that SSH finds by its configuration only.

    Raises:
        InitError: it is an alias, or is reached through another host.
    """
    if known is None:
        return
    if known.through:
        kind, _, jump = known.through.partition(" ")
        over = jump if kind == "proxyjump" else "JUMP_HOST"
        raise InitError(
            "SSH_CONFIG_JUMP",
            f"~/.ssh/config leads to {host} by `{known.through}`, and ssh-keyscan, which fetches the host key to pin, "
            "does not go that way.",
            f"HOST; or write the inventory by hand: ansible_ssh_common_args with `-J {over}`, and known_hosts",
            f"ssh {over} ssh-keyscan -p {known.port} {known.address}   # the lines for known_hosts",
        )
    if known.address != host:
        port = f" --ssh-port {known.port}" if known.port != SSH_PORT else ""
        raise InitError(
            "SSH_CONFIG_ALIAS",
            f"{host} is an alias in ~/.ssh/config for {known.address}; other machines and ssh-keyscan do not know it.",
            "HOST",
            f"slipway init ENV ... --host {known.address}{port} --ssh-user {known.user}",
        )
