"""The host's SSH keys: fetched once, shown to a person, pinned."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from dataclasses import dataclass

from slipway.init.errors import InitError
from slipway.init.ssh_config import look_up, refuse_alias

# The best first: its fingerprint is the one that is shown.
KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "ssh-rsa")
TIMEOUT_S = 10
COLUMNS = 3


@dataclass(frozen=True)
class HostKey:
    """One public key of a host, as a line of known_hosts(5) has it."""

    name: str
    kind: str
    blob: str

    @property
    def fingerprint(self) -> str:
        """Return SHA256:..., as `ssh-keygen -l` shows it."""
        digest = hashlib.sha256(base64.b64decode(self.blob)).digest()
        return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")

    @property
    def line(self) -> str:
        """Return the line for known_hosts."""
        return f"{self.name} {self.kind} {self.blob}"


def scan(host: str, port: int) -> list[HostKey]:
    """Return the keys that a host shows, the best kind first.

    Raises:
        InitError: nothing answers there, or not SSH, or ~/.ssh/config alone knows the way.
    """
    done = subprocess.run(
        ["ssh-keyscan", "-T", str(TIMEOUT_S), "-p", str(port), "-t", "ed25519,ecdsa,rsa", host],
        check=False,
        capture_output=True,
        text=True,
    )
    keys = parse(done.stdout)
    if not keys:
        refuse_alias(host, look_up(host))
        raise InitError(
            "HOST_UNREACHABLE",
            f"No SSH server answers on {host} port {port}.",
            "HOST and SSH_PORT; is the host up, does a firewall stand before it?",
            f"ssh-keyscan -p {port} {host}",
        )
    return keys


def parse(lines: str) -> list[HostKey]:
    """Return the keys in what `ssh-keyscan` prints."""
    found = [
        HostKey(*words)
        for line in lines.splitlines()
        if not line.startswith("#") and len(words := line.split()) == COLUMNS and words[1] in KINDS
    ]
    return sorted(found, key=lambda key: KINDS.index(key.kind))


def confirmed(keys: list[HostKey], expected: str | None, answer: str | None) -> list[HostKey]:
    """Return the keys to pin.

    Args:
        keys: what the host showed.
        expected: the fingerprint that somebody knows from elsewhere (HOST_KEY=...), or None.
        answer: what a person typed to the question whether it is the right one; None where nobody could be asked.

    Raises:
        InitError: another fingerprint was expected, or nobody confirmed it.
    """
    shown = keys[0].fingerprint
    if expected is not None:
        if expected in {key.fingerprint for key in keys}:
            return keys
        raise InitError(
            "HOST_KEY",
            f"The host shows {shown}, expected was {expected}. Somebody may stand between.",
            "HOST_KEY, or the host",
            "compare with the key that the provider's console shows",
        )
    if answer is not None and answer.strip() in {"yes", shown}:
        return keys
    raise InitError(
        "HOST_KEY",
        f"The host key {shown} was not confirmed.",
        "the provider's console shows the right one",
        f"slipway init ENV ... --host-key {shown}",
    )
