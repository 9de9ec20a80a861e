"""`slipway exec`: a command inside a running container of the live release, in this terminal."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from typing import cast

from ansible_collections.slipway.kit.plugins.module_utils.release.audit import LOG, line
from ansible_collections.slipway.kit.plugins.module_utils.release.exports import wrapped
from ansible_collections.slipway.kit.plugins.module_utils.release.process import MAIN
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import UNKNOWN, RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.owner import owner
from slipway.environment import Environment
from slipway.inventory import Inventory, Target, read_without_vault

# What ssh says by its exit code when it did not get there.
NOT_REACHED = 255


def execute(environment: Environment, app: str, process: str, host: str, argv: Sequence[str]) -> int:
    """Run a command in a container of an app's live release; returns the command's own exit code.

    Args:
        environment: whose inventory says where the app is.
        app: its name; empty where there is but one.
        process: whose container; empty for the app's own.
        host: where several have the app.
        argv: the command.

    Raises:
        RefusalError: app, process or host is not declared, or has to be named.
    """
    declared = read_without_vault(environment)
    name = app or _only([str(each.get("name")) for each in declared.apps], "app", "--app", environment)
    container = _container(declared, name, process or MAIN)
    # What a container exports when it starts, a second process in it does not have.
    words = wrapped(cast("dict[str, str]", container["exports"]), argv)
    target = _target(declared, host)
    done = subprocess.run(command(target, name, process, words, tty=sys.stdin.isatty()), check=False)
    return UNKNOWN if done.returncode == NOT_REACHED else done.returncode


def command(target: Target, app: str, process: str, argv: Sequence[str], *, tty: bool) -> list[str]:
    """Return what runs a command in a container of the release that is live by then, and leaves an audit line."""
    suffix = f"-{process}" if process and process != MAIN else ""
    entry = line({"app": app, "action": "exec", "process": process or MAIN, "by": owner()})
    script = (
        f"slot=blue; [ -e /var/lib/slipway/apps/{app}/live/green ] && slot=green; "
        f"printf '%s\\n' {shlex.quote(json.dumps(entry))} >>{LOG}; "
        f"exec docker exec {'-it' if tty else '-i'} {app}-$slot{suffix} {shlex.join(argv)}"
    )
    sudo = "" if target.user == "root" else "sudo "
    keys = ["-i", target.key] if target.key else []
    options = ["-t", "-o", "LogLevel=ERROR"] if tty else ["-T"]
    where = ["-l", target.user, "-p", str(target.port), target.address]
    return ["ssh", *options, *keys, *target.args, *where, f"{sudo}sh -c {shlex.quote(script)}"]


def _container(declared: Inventory, app: str, process: str) -> dict[str, object]:
    listed = cast("list[dict[str, object]]", declared.completed(app)["containers"])
    containers = {str(each["name"]): each for each in listed}
    if process not in containers:
        raise RefusalError(
            f"app {app} has no such process",
            f"{process}; it has {', '.join(containers)}",
            "the command line",
            f"slipway exec {declared.environment.name} --app {app} --process {list(containers)[-1]} -- CMD",
        )
    return containers[process]


def _target(declared: Inventory, host: str) -> Target:
    names = [each.name for each in declared.targets]
    name = host or _only(names, "host", "--host", declared.environment)
    for each in declared.targets:
        if each.name == name:
            return each
    raise RefusalError(
        "the inventory has no such host",
        f"{host}; it has {', '.join(names) or 'none'}",
        "the command line",
        f"slipway exec {declared.environment.name} --host {names[0] if names else 'HOST'} -- CMD",
    )


def _only(names: Sequence[str], what: str, option: str, environment: Environment) -> str:
    if len(names) == 1:
        return names[0]
    raise RefusalError(
        f"name one {what}, there are {len(names)}",
        ", ".join(names) or "none",
        "the command line",
        f"slipway exec {environment.name} {option} {names[0] if names else what.upper()} -- CMD",
    )
