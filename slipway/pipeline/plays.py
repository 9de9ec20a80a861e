"""The playbook runs of a job: with its own key, its pinned host keys, and nothing else of its secrets."""

from __future__ import annotations

import configparser
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from slipway.places import KIT
from slipway.playbook import Run, surroundings

from .settings import FILE_VARIABLES, Settings
from .ssh import options

RECAP = re.compile(r"^(?P<host>\S+)\s+: ok=\d+\s+changed=(?P<changed>\d+)", re.MULTILINE)


def playbooks(verbs: Sequence[str], settings: Settings, key: Path, extra: Mapping[str, object]) -> Run:
    """Return the run of `playbooks/<verb>.yml` of each verb, until one fails, on the inventory of the job.

    The key is given as a variable because one in the inventory (a person's own) would win over `--private-key`.
    """
    variables = {"ansible_ssh_private_key_file": str(key), **extra}
    return Run(verbs, settings.read_from, variables, settings.vault_options())


def environment(settings: Settings, job: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a playbook run: the job's pinned host keys, before any of the inventory; who acts."""
    ours = configparser.ConfigParser(interpolation=None)
    ours.read(KIT / "ansible.cfg")
    usual = ours.get("ssh_connection", "ssh_args", fallback="")
    return {
        **{name: value for name, value in job.items() if name not in FILE_VARIABLES},
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_SSH_ARGS": f"{usual} {shlex.join(options(settings.known_hosts))}",
        "SLIPWAY_OWNER": settings.actor,
    }


def watched(run: Run, environ: Mapping[str, str]) -> tuple[int, str]:
    """Run playbooks with the job's output; return ansible-playbook's exit code and what it printed."""
    lines: list[str] = []
    with subprocess.Popen(run.command(), env=surroundings(environ), stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    return child.returncode, "".join(lines)


def changed(output: str) -> dict[str, int]:
    """Return the hosts on which a run changed (in check mode: would change) something, and how many tasks did.

    Args:
        output: what ansible-playbook printed, its recap included; colours are ignored.
    """
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    counts = {match["host"]: int(match["changed"]) for match in RECAP.finditer(plain)}
    return {host: count for host, count in counts.items() if count}
