"""Run a verb's playbook with what was typed behind `make VERB`: `python -m slipway.play rollback -i inventories/demo`.

The values come from the environment (APP, TO, FORCE, MODE, LINES, NUMBER), so that neither make nor a shell nor Ansible
reads them as anything but text; all other arguments go to ansible-playbook.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import Form, as_text
from slipway.pipeline.given import refuse_strange
from slipway.pipeline.refusal import EXIT_REFUSED, RefusalError

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Word:
    """One word of a verb: the variable that it becomes, its form, what it is where it is left out, what it means."""

    variable: str
    form: Form
    absent: str = ""
    value: Callable[[str], object] = str


APP = Word("app_only", forms.APP)
NUMBER = Word("app_review_number", forms.NUMBER)
VERBS: dict[str, dict[str, Word]] = {
    "deploy": {"APP": APP},
    "rollback": {
        "APP": APP,
        "TO": Word("app_rollback_to", forms.RELEASE),
        "FORCE": Word("app_rollback_force", forms.FLAG, value=lambda text: text == "1"),
    },
    "maintenance": {"APP": APP, "MODE": Word("app_maintenance", forms.MODE, value=lambda text: text == "on")},
    "logs": {"APP": APP, "LINES": Word("app_log_lines", forms.COUNT, "100", int)},
    "review": {"APP": APP, "NUMBER": NUMBER},
    "retire": {"APP": APP, "NUMBER": NUMBER},
    "tunnel": {"FORCE": Word("tunnel_force", forms.FLAG, value=lambda text: text == "1")},
}


def main() -> int:
    """Become ansible-playbook, or refuse (exit code 2)."""
    try:
        command = playbook(sys.argv[1], sys.argv[2:], os.environ)
    except RefusalError as refusal:
        print(refusal, file=sys.stderr)
        return EXIT_REFUSED
    return os.execv(command[0], command)  # noqa: S606 - no shell is what makes the words words


def playbook(verb: str, arguments: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Return the command that runs a verb's playbook.

    Raises:
        RefusalError: a word has not its form, or one that must be there is missing.
    """
    words = VERBS[verb]
    refuse_strange(environ, {name: word.form for name, word in words.items()}, f"the words behind `make {verb}`")
    if verb == "maintenance" and not environ.get("MODE"):
        where = f"the words behind `make {verb}`"
        raise RefusalError("MODE is on or off", "(missing)", where, "make maintenance ENV=production MODE=on")
    extra = {word.variable: word.value(environ.get(name) or word.absent) for name, word in words.items()}
    ansible = str(Path(sys.executable).with_name("ansible-playbook"))
    return [ansible, str(ROOT / "playbooks" / f"{verb}.yml"), "-e", json.dumps(as_text(extra)), *arguments]


if __name__ == "__main__":
    sys.exit(main())
