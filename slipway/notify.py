"""`slipway notify-test`: do messages of the hosts arrive?"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain, plain_line
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import FAILED
from ansible_collections.slipway.kit.plugins.plugin_utils.spelling import spelled
from slipway.environment import Environment
from slipway.playbook import Asked, Run, ask

NEXT = "correct it in slipway_watch, then `slipway provision ENV` and `slipway notify-test ENV`"


def notify_test(environment: Environment) -> int:
    """Let every host send one message by each of its ways; print what came of it and return the exit code.

    Raises:
        UnknownError: no host was asked.
    """
    asked = ask(Run(["notify-test"], environment))
    refused = 0
    for host, way in _ways(asked):
        said = str(way["said"])
        refused += bool(said)
        print(plain_line(f"{host}: {way['name']}: {said or 'took it'}"))
    if refused:
        print(f"  next:  {spelled(NEXT, environment.name)}")
    for host, why in asked.problems.items():
        print(plain(f"{host}: {spelled(why, environment.name)}"), file=sys.stderr)
    return FAILED if refused or asked.problems else 0


def _ways(asked: Asked) -> Iterator[tuple[str, Mapping[str, object]]]:
    for task in asked.tasks:
        for host, told in cast("Mapping[str, Mapping[str, object]]", task["hosts"]).items():
            for way in cast("Sequence[Mapping[str, object]]", told.get("ways", ())):
                yield host, way
