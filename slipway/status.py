"""`slipway status`: the releases of every host, as a table or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import cast

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import UNKNOWN
from ansible_collections.slipway.kit.plugins.plugin_utils.release_table import table
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled
from slipway.environment import Environment
from slipway.playbook import Asked, Run, ask, items


def status(environment: Environment, app: str = "", *, as_json: bool = False) -> int:
    """Ask all hosts of an environment and print what they report; return the exit code.

    Raises:
        UnknownError: no host was asked.
    """
    answers, problems = read(ask(Run(["status"], environment, {"app_only": app})))
    if as_json:
        print(json.dumps({"hosts": answers, "problems": problems}, indent=1))
    else:
        for host, apps in answers.items():
            print(spelled("\n".join([host, *table(apps), ""]), environment.name))
    for host, problem in problems.items():
        print(spelled(plain(f"{host}: {problem}"), environment.name), file=sys.stderr)
    return UNKNOWN if problems else 0


def read(asked: Asked) -> tuple[dict[str, list[Mapping[str, object]]], dict[str, str]]:
    """Sort what the hosts said into statuses and problems, both by host."""
    answers: dict[str, list[Mapping[str, object]]] = {host: [] for host in asked.hosts if host not in asked.problems}
    problems = dict(asked.problems)
    for host, item in ((host, item) for task in asked.tasks for host, item in items(task)):
        if "status" in item:
            answers.setdefault(host, []).append(cast("Mapping[str, object]", item["status"]))
        elif item.get("failed") or item.get("unreachable"):
            problems[host] = str(item.get("msg"))
    return answers, problems
