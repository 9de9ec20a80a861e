"""`slipway forget`."""

from __future__ import annotations

import sys
from typing import Any, cast

import click

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain_line
from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import UNKNOWN, RefusalError
from slipway.commands import inputs, plays
from slipway.commands.inputs import Formed
from slipway.environment import Environment
from slipway.playbook import Run, ask


@plays.play
@click.argument("what", required=False, type=Formed(forms.KEPT), metavar="[NAME]")
@click.option("--yes", is_flag=True, help="Do not ask for the name once more.")
def forget(what: str | None, *, yes: bool, **given: Any) -> int:
    """Delete an app that is not declared any more, or APP/SERVICE, its data included. Without NAME: list such apps.

    \b
    slipway forget production
    slipway forget production oldshop
    slipway forget production shop/queue

    There is no way back.
    """
    environment = inputs.chosen(given["name"], given["inventories"], given["extra_vars"])
    if not what:
        return _list(environment)
    if not yes and not sys.stdin.isatty():
        command = f"slipway forget {environment.name} {what} --yes"
        raise RefusalError("deleting data asks for a yes", what, "the command line", command)
    if not yes and click.prompt(f"Its data will be gone for good. Type {what} to delete it", default="") != what:
        raise RefusalError("the name was not typed; nothing was touched", what, "the prompt", "the same command again")
    return plays.run("forget", given, app_forget=what)


def _list(environment: Environment) -> int:
    asked = ask(Run(["forget"], environment))
    for task in asked.tasks:
        for host, result in cast("dict[str, dict[str, object]]", task["hosts"]).items():
            if isinstance(result.get("said"), list):
                names = ", ".join(map(str, cast("list[object]", result["said"]))) or "none"
                print(plain_line(f"{host}: not declared any more: {names}"))
    for host, problem in asked.problems.items():
        print(plain_line(f"{host}: {problem}"), file=sys.stderr)
    return UNKNOWN if asked.problems else 0
