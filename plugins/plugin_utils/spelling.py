"""How messages name the kit's own commands: with their environment, and as this person types them.

Messages say `slipway VERB ENV ...`. The word ENV becomes the environment's name where it is known, and for those who
type `make VERB ENV=name` in a clone the whole command is spelled so.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from .kit import ROOT

VARIABLE = "SLIPWAY_SPELLING"
"""The environment variable that says how: `make` or `slipway`."""

ON_HOSTS = frozenset(
    {
        *("init", "preflight", "site", "provision", "verify", "deploy", "rollback", "status", "logs", "maintenance"),
        *("doctor", "audit", "tunnel", "tunnel-down", "ci-setup", "review", "retire", "exec", "run", "console"),
        *("db", "jobs", "restart", "forget", "backup", "backups", "restore", "notify-test"),
    }
)
"""The verbs whose first word is ENV."""
ELSEWHERE = frozenset({"new", "update", "demo", "demo-down", "local", "ci-local"})
FIRST = {"new": "DIR", "update": "DIR"}
"""The first word of a verb that is neither ENV nor JOB."""
OF_VERB = {
    "maintenance": {"on": "MODE", "off": "MODE"},
    "db": {"console": "DO", "dump": "DO", "load": "DO"},
    "jobs": {"run": "JOB"},
}
"""The words of a verb that have a variable of their own; behind the last one stands its value."""
OF_LOCAL = frozenset({"logs", "shell", "down", "reset", "trust", "untrust"})
WORDS = frozenset(
    {
        *("host", "ssh-user", "ssh-port", "ssh-key", "host-key", "app", "source", "domain", "exposure", "email", "to"),
        *("lines", "number", "port", "service", "provider", "name", "ssh-config", "process", "job", "at", "copy"),
    }
)
"""The options that are variables of `make`."""
FLAGS = {"force": "FORCE=1", "debug": "DEBUG=1", "adopt": "ADOPT=1", "prune": "PRUNE=1"}
COMMAND = re.compile(
    rf"\bslipway (?P<verb>{'|'.join(sorted(ON_HOSTS | ELSEWHERE, key=len, reverse=True))})(?P<rest>(?: [^\s`,;()]+)*)"
)


def spelled(text: str, environment: str = "", style: str = "") -> str:
    """Return a text with its commands spelled for the person who reads it.

    Args:
        text: with commands like `slipway rollback ENV --to ID`. A command ends where its line, its backticks or its
            clause does.
        environment: takes the place of the word ENV; empty leaves it.
        style: `make` or `slipway`; empty for that of whoever called.
    """
    chosen = style or preferred()

    def one(found: re.Match[str]) -> str:
        words = [environment if word == "ENV" and environment else word for word in found["rest"].split()]
        if chosen == "make":
            return _made(found["verb"], words)
        return " ".join(["slipway", found["verb"], *words])

    return COMMAND.sub(one, text)


def preferred() -> str:
    """Return the style of whoever called: what a command said, else `make` in a clone and `slipway` elsewhere."""
    return os.environ.get(VARIABLE) or ("make" if (ROOT / "Makefile").is_file() else "slipway")


def environment_of(variables: Mapping[str, object]) -> str:
    """Return the environment of a play: the folder of its first inventory.

    Args:
        variables: a task's, with `ansible_inventory_sources`.
    """
    sources = variables.get("ansible_inventory_sources")
    first = Path(str(sources[0])) if isinstance(sources, list | tuple) and sources else Path()
    return first.name if first.is_dir() else first.parent.name


def _made(verb: str, words: list[str]) -> str:
    target, given, other = verb, [], []
    if verb == "local" and words and words[0] in OF_LOCAL:
        target = f"local-{words.pop(0)}"
    places = ["ENV", "WHAT" if verb == "forget" else "APP"] if verb in ON_HOSTS else [FIRST.get(verb, "JOB")]
    while words:
        word = words.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        if word == "--":
            given.append(f"CMD={shlex.quote(' '.join(words))}")
            break
        if word == "...":
            given.append(word)
        elif word in OF_VERB.get(verb, {}):
            variable = OF_VERB[verb][word]
            given.append(f"{variable}={words.pop(0) if variable == 'JOB' else word}")
        elif places and not word.startswith("-"):
            given.append(f"{places.pop(0)}={word}")
        elif name in FLAGS:
            given.append(FLAGS[name])
        elif name in WORDS:
            given.append(f"{name.upper().replace('-', '_')}={value if equals else words.pop(0)}")
        else:
            other.append(word)
    arguments = [f"ARGS={shlex.quote(' '.join(other))}"] if other else []
    return " ".join(["make", target, *given, *arguments])
