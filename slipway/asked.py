"""Ask hosts by a playbook, and know afterwards which were asked, which did not answer, and why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ansible_collections.slipway.kit.plugins.plugin_utils.forms import as_text

Tree = Mapping[str, object]

ROOT = Path(__file__).resolve().parents[1]
ANSIBLE_PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
# Exit code of every command that asks: what it was to find out, nobody knows now.
UNKNOWN = 3
SHOWN = 4000


class NotAskedError(Exception):
    """No host was asked: there is none, or Ansible failed before it came to them. The message has the next command."""


@dataclass(frozen=True)
class Asked:
    """The hosts that a playbook was for, and of those that gave no answer the reason."""

    hosts: tuple[str, ...]
    problems: Mapping[str, str]
    tasks: tuple[Tree, ...]  # as Ansible's json callback reports them


def ask(playbook: str, inventories: Sequence[str], variables: Tree, limit: str = "") -> Asked:
    """Run a playbook and return who was asked.

    Args:
        playbook: path from the kit's folder.
        inventories: as for `-i`.
        variables: extra ones.
        limit: pattern of hosts, as for `--limit`; empty for all.

    Raises:
        NotAskedError: no host was asked.
    """
    flags = [word for inventory in inventories for word in ("-i", str(Path(inventory).absolute()))]
    flags += ["--limit", limit] if limit else []
    done = subprocess.run(
        [ANSIBLE_PLAYBOOK, *flags, playbook, "-e", json.dumps(as_text(variables))],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"},
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    report = _report(done.stdout)
    if report is None and "no hosts to target" not in done.stderr:
        raise NotAskedError(f"{done.stdout[-SHOWN:]}{done.stderr[-SHOWN:]}\nAnsible could not run; see above.")
    asked = read(report or {})
    if not asked.hosts:
        raise NotAskedError(nobody(inventories, limit))
    return asked


def read(report: Tree) -> Asked:
    """Return who was asked by the report of Ansible's json callback."""
    plays = cast("Sequence[Mapping[str, Sequence[Tree]]]", report.get("plays") or ())
    tasks = tuple(task for play in plays for task in play["tasks"])
    problems: dict[str, str] = {}
    for task in tasks:
        for host, result in cast("Mapping[str, Tree]", task["hosts"]).items():
            if result.get("unreachable") or result.get("failed"):
                problems.setdefault(host, str(result.get("msg") or "no reason given"))
    return Asked(tuple(cast("Tree", report.get("stats") or {})), problems, tasks)


def nobody(inventories: Sequence[str], limit: str) -> str:
    """Return the sentence for an inventory, or a limit, that leaves no host, and the next command."""
    first = Path(inventories[0])
    listing = "ansible-inventory " + " ".join(f"-i {inventory}" for inventory in inventories) + " --graph"
    if limit:
        return f"No host was asked: --limit {limit} matches none of {', '.join(inventories)}.\n  next   {listing}"
    command = "make demo" if first.name == "demo" else f"make init ENV={first.name}"
    return (
        f"No host was asked: {', '.join(inventories)} names none.\n"
        f"  where  {first}/hosts.yml\n  next   {command}, or {listing}"
    )


def _report(output: str) -> Tree | None:
    start = output.find("{")
    try:
        return cast("Tree", json.loads(output[start:])) if start >= 0 else None
    except ValueError:
        return None
