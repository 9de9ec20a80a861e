"""Why Ansible can't work on a host, told from what SSH, sudo or the interpreter said."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding

SSH_PORT = 22


@dataclass(frozen=True)
class Target:
    """Where Ansible connects to, as the inventory says."""

    name: str
    address: str
    port: int
    user: str
    known_hosts: str = ""

    @classmethod
    def of(cls, variables: Mapping[str, object], template: Callable[[object], object]) -> Target:
        """Return where Ansible goes for the host whose variables these are; `template` resolves their values."""
        name = str(variables["inventory_hostname"])

        def value(variable: str, default: object) -> str:
            return str(template(variables.get(variable, default)))

        port, user = int(value("ansible_port", SSH_PORT)), value("ansible_user", "root")
        return cls(name, value("ansible_host", name), port, user)

    @property
    def login(self) -> str:
        """Return the command that opens the same connection by hand."""
        port = "" if self.port == SSH_PORT else f" -p {self.port}"
        pinned = f" -o UserKnownHostsFile={self.known_hosts}" if self.known_hosts else ""
        return f"ssh{port}{pinned} {self.user}@{self.address}"


@dataclass(frozen=True)
class Cause:
    """One way to fail: `pattern` is searched whatever its case; texts are templates over the target."""

    code: str
    pattern: str
    what: str
    where: str
    command: str


# In this order: the first that matches is the cause.
CAUSES = (
    Cause(
        "HOST_UNKNOWN",
        r"could not resolve hostname|name or service not known|nodename nor servname|temporary failure in name res",
        "The address of {name}, {address}, is not known to the resolver.",
        "ansible_host of {name} in the inventory",
        "getent hosts {address}",
    ),
    Cause(
        "HOST_KEY",
        r"host key verification failed|remote host identification has changed|mismatching host key",
        "{name} ({address}) shows a host key that is not the pinned one. Either the host was rebuilt, or somebody "
        "stands between.",
        "known_hosts beside the inventory; compare with the key that the provider's console shows",
        "ssh-keyscan -p {port} {address} | ssh-keygen -lf -",
    ),
    Cause(
        "SSH_REFUSED_USER",
        r"permission denied|authentication is incorrect|authentication failed|too many authentication failures"
        r"|no supported authentication",
        "{name} ({address}) refuses the SSH login as {user}.",
        "ansible_user and ansible_ssh_private_key_file of {name} in the inventory",
        "{login} true",
    ),
    Cause(
        "NO_ROOT",
        r"password is required|missing sudo password|sudo password|not in the sudoers|not allowed to execute"
        r"|sudo: .*not found|a terminal is required",
        "User {user} may log in to {name} but not become root without a password.",
        "the sudo rules of {name}, or run with --ask-become-pass",
        "{login} sudo -n true",
    ),
    Cause(
        "NO_PYTHON",
        r"python3?: (?:command )?not found|no such file or directory: .*python|interpreter .*not found"
        r"|/usr/bin/python3: .*not found|exec.*python3",
        "{name} has no Python, which Ansible needs.",
        "the packages of {name}",
        "{login} sudo apt-get install -y python3",
    ),
    Cause(
        "HOST_UNREACHABLE",
        r"connection refused|timed? ?out|no route to host|network is unreachable|connection (?:reset|closed)"
        r"|eof on stream",
        "{name} does not answer on {address} port {port}: {detail}.",
        "ansible_host and ansible_port of {name} in the inventory; is the host up, does a firewall stand before it?",
        "{login} true",
    ),
)
UNEXPLAINED = "HOST_UNUSABLE"
# A finding with one of these says that the host was not examined, not how it is.
CODES = frozenset({*(cause.code for cause in CAUSES), UNEXPLAINED})
DETAIL = re.compile(CAUSES[-1].pattern, re.IGNORECASE)


def explain(complaint: str, target: Target) -> Finding:
    """Return the cause behind an SSH, sudo or interpreter complaint; an unknown one is quoted by its last line."""
    for cause in CAUSES:
        if re.search(cause.pattern, complaint, re.IGNORECASE):
            match = DETAIL.search(complaint)
            words = {
                "name": target.name,
                "address": target.address,
                "port": target.port,
                "user": target.user,
                "login": target.login,
                "detail": match[0].lower() if match else "",
            }
            return Finding(
                cause.code, cause.what.format(**words), cause.where.format(**words), cause.command.format(**words)
            )
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    last = lines[-1] if lines else "no reason given"
    return Finding(
        UNEXPLAINED,
        f"Ansible can't work on {target.name} ({target.address}): {last}",
        f"{target.name} in the inventory",
        f"{target.login} true",
    )
