"""`slipway exec`, `run`, `console` and `db`: a command beside the live release or its database, in this terminal."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ansible_collections.slipway.kit.plugins.module_utils.release.audit import LOG, line
from ansible_collections.slipway.kit.plugins.module_utils.release.exports import wrapped
from ansible_collections.slipway.kit.plugins.module_utils.release.host_program import PATH
from ansible_collections.slipway.kit.plugins.module_utils.release.process import MAIN
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import UNKNOWN, RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.owner import owner
from slipway.environment import Environment
from slipway.inventory import Inventory, Target, read_without_vault

# What ssh says by its exit code when it did not get there.
NOT_REACHED = 255
# Flask's own, where the app has Flask.
CONSOLE = ("sh", "-c", "command -v flask >/dev/null && exec flask shell; exec python3")
DATABASE = "postgresql"
# Inside the container the superuser comes through the socket; --role gives what is loaded to the app.
OF_A_DATABASE = {
    "console": "psql --dbname={name}",
    "dump": "pg_dump --format=custom --compress=6 --dbname={name}",
    "load": "pg_restore --clean --if-exists --no-owner --role={name} --single-transaction --exit-on-error "
    "--dbname={name}",
}


@dataclass(frozen=True)
class Place:
    """Where a command runs; empty words mean the only app, its own process, the only host.

    Args:
        environment: whose inventory says where the app is.
        app: its name.
        process: whose container, or whose image and environment.
        host: where several have the app.
        verb: what was typed, for messages.
    """

    environment: Environment
    app: str = ""
    process: str = ""
    host: str = ""
    verb: str = "exec"


def execute(place: Place, argv: Sequence[str]) -> int:
    """Run a command in a container of an app's live release; returns the command's own exit code.

    Raises:
        RefusalError: app, process or host is not declared, or has to be named.
    """
    declared, app, target = _found(place)
    container = _container(declared, app, place)
    # What a container exports when it starts, a second process in it does not have.
    words = wrapped(cast("dict[str, str]", container["exports"]), argv)
    tty = sys.stdin.isatty()
    return _over_ssh(target, live_container(app, str(container["name"]), words, tty=tty), tty=tty)


def run(place: Place, argv: Sequence[str]) -> int:
    """Run a command in a new container of an app's live release, which goes away with it; returns its exit code.

    Raises:
        RefusalError: app, process or host is not declared, or has to be named.
    """
    declared, app, target = _found(place)
    process, tty = str(_container(declared, app, place)["name"]), sys.stdin.isatty()
    words = ["run", "--process", process, "--by", owner(), *(["--tty"] if tty else []), app, "--", *argv]
    deploy = shlex.quote(f"Deploy {app} once: its host lacks the program that does this.")
    script = f"[ -e {PATH} ] || {{ echo {deploy} >&2; exit 2; }}; exec /usr/bin/python3 -I {PATH} {shlex.join(words)}"
    return _over_ssh(target, script, tty=tty)


def database(place: Place, what: str) -> int:
    """Open the database of an app, write a dump of it to standard output, or load one from standard input.

    Raises:
        RefusalError: the app has no such service, or a dump would go to or come from a terminal.
    """
    declared, app, target = _found(place)
    service = _service(declared, app, place)
    console = what == "console"
    stream = sys.stdout if what == "dump" else sys.stdin
    if not console and stream.isatty():
        arrow = "> FILE" if what == "dump" else "< FILE"
        command = f"slipway db {place.environment.name} {what} {arrow}"
        raise RefusalError("a dump is not for a terminal", what, "the command line", command)
    tty = console and sys.stdin.isatty()
    words = shlex.split(OF_A_DATABASE[what].format(name=app))
    entry = line({"app": app, "action": f"db {what}", "service": service, "by": owner()})
    inside = f"exec docker exec {_interactive(tty=tty)} {app}-services-{service} {shlex.join(words)}"
    return _over_ssh(target, f"{noted(entry)}; {inside}", tty=tty)


def live_container(app: str, process: str, argv: Sequence[str], *, tty: bool) -> str:
    """Return the script that runs a command in a container of the release that is live by then."""
    suffix = f"-{process}" if process and process != MAIN else ""
    entry = line({"app": app, "action": "exec", "process": process or MAIN, "by": owner()})
    return (
        f"slot=blue; [ -e /var/lib/slipway/apps/{app}/live/green ] && slot=green; {noted(entry)}; "
        f"exec docker exec {_interactive(tty=tty)} {app}-$slot{suffix} {shlex.join(argv)}"
    )


def noted(entry: Mapping[str, object]) -> str:
    """Return the words of a script that leave an audit line."""
    return f"printf '%s\\n' {shlex.quote(json.dumps(entry))} >>{LOG}"


def over_ssh(target: Target, script: str, *, tty: bool) -> list[str]:
    """Return the command that runs a script as root on a host, in this terminal."""
    sudo = "" if target.user == "root" else "sudo "
    keys = ["-i", target.key] if target.key else []
    options = ["-t", "-o", "LogLevel=ERROR"] if tty else ["-T"]
    where = ["-l", target.user, "-p", str(target.port), target.address]
    return ["ssh", *options, *keys, *target.args, *where, f"{sudo}sh -c {shlex.quote(script)}"]


def _over_ssh(target: Target, script: str, *, tty: bool) -> int:
    done = subprocess.run(over_ssh(target, script, tty=tty), check=False)
    return UNKNOWN if done.returncode == NOT_REACHED else done.returncode


def _interactive(*, tty: bool) -> str:
    return "-it" if tty else "-i"


def _found(place: Place) -> tuple[Inventory, str, Target]:
    declared = read_without_vault(place.environment)
    app = place.app or _only([str(each.get("name")) for each in declared.apps], "app", "--app", place)
    declared.completed(app)
    return declared, app, _target(declared, place)


def _container(declared: Inventory, app: str, place: Place) -> dict[str, object]:
    listed = cast("list[dict[str, object]]", declared.completed(app)["containers"])
    containers = {str(each["name"]): each for each in listed}
    process = place.process or MAIN
    if process not in containers:
        raise RefusalError(
            f"app {app} has no such process",
            f"{process}; it has {', '.join(containers)}",
            "the command line",
            f"slipway {place.verb} {place.environment.name} --app {app} --process {list(containers)[-1]} -- CMD",
        )
    return containers[process]


def _service(declared: Inventory, app: str, place: Place) -> str:
    listed = cast("list[dict[str, object]]", declared.completed(app)["services"])
    names = [str(each["name"]) for each in listed if each["kind"] == DATABASE]
    if place.process and place.process not in names:
        names = []
    if not names:
        known = ", ".join(f"{each['name']} ({each['kind'] or 'of its own image'})" for each in listed) or "none"
        raise RefusalError(
            f"app {app} has no such database",
            f"{place.process or DATABASE}; its services: {known}",
            "slipway_apps",
            f"slipway run {place.environment.name} --app {app} -- CMD   # for a database of another kind or place",
        )
    return place.process or _only(names, "service", "--service", place)


def _target(declared: Inventory, place: Place) -> Target:
    names = [each.name for each in declared.targets]
    name = place.host or _only(names, "host", "--host", place)
    for each in declared.targets:
        if each.name == name:
            return each
    raise RefusalError(
        "the inventory has no such host",
        f"{name}; it has {', '.join(names) or 'none'}",
        "the command line",
        f"slipway {place.verb} {place.environment.name} --host {names[0] if names else 'HOST'} -- CMD",
    )


def _only(names: Sequence[str], what: str, option: str, place: Place) -> str:
    if len(names) == 1:
        return names[0]
    raise RefusalError(
        f"name one {what}, there are {len(names)}",
        ", ".join(names) or "none",
        "the command line",
        f"slipway {place.verb} {place.environment.name} {option} {names[0] if names else what.upper()}",
    )
