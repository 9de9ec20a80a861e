"""`slipway logs`: what the live releases wrote last, line by line."""

from __future__ import annotations

import sys
from typing import cast

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain, plain_line
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import UNKNOWN
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled
from slipway.environment import Environment
from slipway.playbook import Asked, Run, ask, items


def logs(environment: Environment, app: str, lines: int, process: str = "") -> int:
    """Print the last lines of each app's live release; where there are several, each below its name.

    Args:
        environment: whose hosts are asked.
        app: only this one; empty for all.
        lines: at most so many per app.
        process: whose; empty for the app's own container.

    Raises:
        UnknownError: no host was asked.
    """
    asked = ask(Run(["logs"], environment, {"app_only": app, "app_log_lines": lines, "app_log_process": process}))
    found = read(asked)
    for (host, name), written in found.items():
        if len(found) > 1:
            print(f"{name} on {host}:")
        for line in written:
            print(plain_line(line))
    for host, problem in asked.problems.items():
        print(spelled(plain(f"{host}: {problem}"), environment.name), file=sys.stderr)
    return UNKNOWN if asked.problems else 0


def read(asked: Asked) -> dict[tuple[str, str], list[str]]:
    """Return the lines by host and app."""
    found: dict[tuple[str, str], list[str]] = {}
    for host, item in ((host, item) for task in asked.tasks for host, item in items(task)):
        if isinstance(item.get("lines"), list):
            found[host, str(item["item"])] = [str(line) for line in cast("list[object]", item["lines"])]
    return found
