"""Run playbooks: the one place that builds Ansible's command line and environment, and reads how a run ended."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import (
    FAILED,
    INTERRUPTED,
    REFUSED,
    UNKNOWN,
    UnknownError,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import as_text
from ansible_collections.slipway.kit.plugins.plugin_utils.outcome import FILE_VARIABLE, Outcome
from slipway.environment import DEMO, Environment
from slipway.legible import other_passwords, refuse_vaults
from slipway.places import KIT

Tree = Mapping[str, object]

VAULT_PASSWORD = Path(__file__).with_name("vault_password.py")
JSON_OUTPUT = {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"}
ENDED_BY_HAND = (99, -2)  # what ansible-playbook ends with after Ctrl-C, and what a signal that it did not catch leaves
CRASHED = 250  # what ansible-playbook ends with where a plugin of it broke off
SHOWN = 4000  # characters of Ansible's own complaint


def program(name: str) -> str:
    """Return the path of one of Ansible's programs: the one beside this Python."""
    return str(Path(sys.executable).parent / name)


@dataclass(frozen=True)
class Run:
    """Playbooks of the kit, one after the other until one fails, on an environment.

    Args:
        verbs: names of files in playbooks/, without their suffix.
        environment: where.
        variables: extra ones; no text among them is a template, whatever it holds.
        options: further words for ansible-playbook.
    """

    verbs: Sequence[str]
    environment: Environment
    variables: Tree = field(default_factory=dict)
    options: Sequence[str] = ()

    def command(self) -> list[str]:
        """Return the command line."""
        playbooks = [str(KIT / "playbooks" / f"{verb}.yml") for verb in self.verbs]
        extra = ["--extra-vars", json.dumps(as_text(self.variables), sort_keys=True)] if self.variables else []
        return [program("ansible-playbook"), *self.environment.flags(), *playbooks, *extra, *self.options]


def surroundings(environ: Mapping[str, str] | None = None, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment variables of a run: the kit's own settings, unless somebody named others.

    Compiled modules are kept, whatever was inherited: Ansible starts in half the time with them.

    Args:
        environ: what the run inherits; None for all that this process has.
        extra: what stands above that.
    """
    ours = {
        "ANSIBLE_CONFIG": str(KIT / "ansible.cfg"),
        "ANSIBLE_VAULT_PASSWORD_FILE": str(VAULT_PASSWORD),
    }
    inherited = os.environ if environ is None else environ
    return {**ours, **inherited, "PYTHONDONTWRITEBYTECODE": "", **(extra or {})}


def follow(run: Run, extra: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run playbooks with this terminal as theirs; return an exit code of `slipway`.

    It is 0 done, 1 failed, 2 refused before anything was touched, 3 no host answered, 130 interrupted.

    Raises:
        UnreadableError: Ansible could not read a vault.
    """
    with tempfile.TemporaryDirectory(prefix="slipway-") as folder:
        ending = Path(folder) / "outcome.json"
        given = surroundings(environ, {**(extra or {}), FILE_VARIABLE: str(ending)})
        with subprocess.Popen(run.command(), env=given) as child:
            code = _wait(child)
        outcome = Outcome.read(ending)
    if code not in (0, CRASHED, *ENDED_BY_HAND) and outcome is None:
        _explain(run, environ)
    return exit_code(code, outcome)


def _explain(run: Run, environ: Mapping[str, str] | None) -> None:
    """Say why Ansible came to no task, where it is a vault; all else was judged before it started.

    Raises:
        UnreadableError: a vault does not open, or its text is not in order.
    """
    others = other_passwords(run.options, os.environ if environ is None else environ)
    refuse_vaults(run.environment, others=others)


def capture(
    run: Run, environ: Mapping[str, str] | None = None, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run playbooks and return what they printed; nothing reaches this terminal."""
    return subprocess.run(
        run.command(),
        env=surroundings(environ, extra),
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def exit_code(code: int, outcome: Outcome | None) -> int:
    """Return the exit code of `slipway` for the one of ansible-playbook and what the run left."""
    if code == 0:
        return 0
    if code in ENDED_BY_HAND:
        return INTERRUPTED
    if code == CRASHED:
        return FAILED
    if outcome is None:
        return REFUSED  # Ansible could not read what it was given: it came to no task
    if not outcome.hosts or (outcome.unreachable and not outcome.changed and not outcome.failed):
        return UNKNOWN
    return REFUSED if outcome.refused else FAILED


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Return the child's exit code; Ctrl-C is its own too, and it ends in order."""
    try:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue
    finally:
        if child.poll() is None:
            child.terminate()


@dataclass(frozen=True)
class Asked:
    """The hosts that a playbook was for, and of those that gave no answer the reason."""

    hosts: tuple[str, ...]
    problems: Mapping[str, str]
    tasks: tuple[Tree, ...]  # as Ansible's json callback reports them


def ask(run: Run, environ: Mapping[str, str] | None = None) -> Asked:
    """Run a playbook that only reads, and return who was asked and what they answered.

    Raises:
        UnknownError: no host was asked.
        UnreadableError: Ansible could not read a vault.
    """
    done = capture(run, environ, JSON_OUTPUT)
    report = json_report(done.stdout)
    if report is None and "no hosts to target" not in done.stderr:
        _explain(run, environ)
        raise UnknownError(f"{done.stdout[-SHOWN:]}{done.stderr[-SHOWN:]}\nAnsible could not run; see above.")
    asked = read(report or {})
    if not asked.hosts:
        raise nobody(run)
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


def items(task: Tree) -> Iterator[tuple[str, Tree]]:
    """Yield each host with what each turn of a task's loop returned."""
    for host, result in cast("Mapping[str, Tree]", task["hosts"]).items():
        turns = result.get("results")
        yield from ((host, turn) for turn in (turns if isinstance(turns, list) else ()))


def nobody(run: Run) -> UnknownError:
    """Return the error for an inventory, or a limit, that leaves no host."""
    environment = run.environment
    listing = shlex.join(["ansible-inventory", *environment.flags(), "--graph"])
    named = ", ".join(map(str, environment.sources))
    if "--limit" in run.options:
        limit = run.options[list(run.options).index("--limit") + 1]
        return UnknownError(f"No host was asked: --limit {limit} matches none of {named}.", next=listing)
    command = "slipway demo" if environment.name == DEMO else f"slipway init {environment.name}"
    return UnknownError(
        f"No host was asked: {named} names none.", "", f"{environment.folder}/hosts.yml", f"{command}, or {listing}"
    )


def json_report(output: str) -> Tree | None:
    """Return what Ansible's json callback wrote behind whatever was printed before; None where it wrote nothing."""
    start = output.find("{")
    try:
        return cast("Tree", json.loads(output[start:])) if start >= 0 else None
    except ValueError:
        return None
