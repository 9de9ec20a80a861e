"""Log in as Ansible will, once, to see that it can."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.connection import Target, explain
from ansible_collections.slipway.kit.plugins.plugin_utils.ssh_words import ssh_path
from slipway.init.errors import InitError

TIMEOUT_S = 20
GROUP = re.compile(r"[a-z_][a-z0-9_.-]{0,31}", re.ASCII | re.IGNORECASE)
# Root already, or root by sudo without a password; the interpreter that Ansible wants; the groups of the user.
PROBE = """
[ "$(id -u)" -eq 0 ] || sudo -n true || exit 1
command -v python3 >/dev/null || { echo "python3: not found" >&2; exit 1; }
id -Gn
"""


def groups(target: Target, known_hosts: Path, key: str) -> tuple[str, ...]:
    """Log in, become root, and return the groups of the user.

    Raises:
        InitError: it does not work; with the cause and the next command.
    """
    identity = ["-i", str(Path(key).expanduser()), "-o", "IdentitiesOnly=yes"] if key else []
    options = ["BatchMode=yes", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={ssh_path(known_hosts)}"]
    options += ["GlobalKnownHostsFile=/dev/null", f"ConnectTimeout={TIMEOUT_S}"]
    flags = [word for option in options for word in ("-o", option)]
    command = ["ssh", *flags, *identity, "-p", str(target.port), f"{target.user}@{target.address}", PROBE]
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        cause = explain(f"{done.stdout}\n{done.stderr}", target)
        raise InitError(cause.code, cause.what, cause.where, cause.command)
    # The host is not known yet: what is not a group's name has no business in an inventory.
    return tuple(word for word in done.stdout.split() if GROUP.fullmatch(word))
