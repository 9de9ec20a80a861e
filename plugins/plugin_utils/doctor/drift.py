"""What a converge would change, from the JSON that `ansible-playbook --check` prints with its json callback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from ansible_collections.slipway.kit.plugins.plugin_utils.kit import short
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled

Tree = Mapping[str, object]

SHOWN = 5


def parse(output: str) -> dict[str, list[str]]:
    """Return the tasks that would change something, by host.

    Raises:
        ValueError: the output is not that of the json callback.
    """
    start = output.find("{")
    if start < 0:
        raise ValueError("no JSON")
    tree = cast("Mapping[str, list[Tree]]", json.loads(output[start:]))
    changed: dict[str, list[str]] = {}
    for play in tree["plays"]:
        for task in cast("list[Tree]", play["tasks"]):
            name = short(str(cast("Tree", task["task"])["name"]))
            for host, result in cast("Mapping[str, Tree]", task["hosts"]).items():
                if result.get("changed"):
                    changed.setdefault(host, []).append(name)
    return changed


def drifted(environment: str, changed: Mapping[str, list[str]]) -> list[Finding]:
    """Return a finding for each host that is not as declared."""
    found = []
    for host, tasks in changed.items():
        shown = "; ".join(tasks[:SHOWN]) + ("; ..." if len(tasks) > SHOWN else "")
        what = f"{host} is not as declared, a converge would change {len(tasks)} things: {shown}."
        command = spelled(f"slipway provision {environment} --check --diff")
        found.append(Finding("DRIFT", what, f"{host}, or the inventory", command, "warning"))
    return found
