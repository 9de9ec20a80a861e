"""The playbook runs of a job, as command lines."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.forms import as_text

from .programs import ROOT, ansible
from .settings import FILE_VARIABLES, Settings
from .ssh import options

RECAP = re.compile(r"^(?P<host>\S+)\s+: ok=\d+\s+changed=(?P<changed>\d+)", re.MULTILINE)


def playbooks(verbs: Sequence[str], settings: Settings, key: Path, extra: Mapping[str, object]) -> list[str]:
    """Return the command that runs `playbooks/<verb>.yml` of each verb, until one fails, on the inventory of the job.

    The key is given as a variable because one in the inventory (a person's own) would win over `--private-key`. No text
    among the variables is a template, whatever it holds.
    """
    variables = as_text({"ansible_ssh_private_key_file": str(key), **extra})
    return [
        *(ansible("ansible-playbook"), "-i", str(settings.read_from), *(f"playbooks/{verb}.yml" for verb in verbs)),
        *settings.vault_options(),
        *("--extra-vars", json.dumps(variables, sort_keys=True)),
    ]


def environment(settings: Settings, job: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a playbook run: the job's pinned host keys, before any of the inventory; who acts."""
    ours = configparser.ConfigParser(interpolation=None)
    ours.read(ROOT / "ansible.cfg")
    usual = ours.get("ssh_connection", "ssh_args", fallback="")
    return {
        **{name: value for name, value in job.items() if name not in FILE_VARIABLES},
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_SSH_ARGS": f"{usual} {shlex.join(options(settings.known_hosts))}",
        "SLIPWAY_OWNER": settings.actor,
    }


def changed(output: str) -> dict[str, int]:
    """Return the hosts on which a run changed (in check mode: would change) something, and how many tasks did.

    Args:
        output: what ansible-playbook printed, its recap included; colours are ignored.
    """
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    counts = {match["host"]: int(match["changed"]) for match in RECAP.finditer(plain)}
    return {host: count for host, count in counts.items() if count}
