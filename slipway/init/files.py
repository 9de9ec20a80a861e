"""The files of a new inventory, and how they get to their place all at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import jinja2

from ansible_collections.slipway.kit.plugins.module_utils.release.secret_value import generate
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec.values import encodable
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import LINE, shown
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.template import yaml_text
from ansible_collections.slipway.kit.plugins.plugin_utils.shown_path import quoted
from ansible_collections.slipway.kit.plugins.plugin_utils.ssh_words import UNQUOTABLE
from slipway.init.answers import EMBEDDED_APP, PINNED_IMAGE
from slipway.init.declared import HOSTS, is_declared, secrets_of
from slipway.init.errors import InitError

TEMPLATES = Path(__file__).parent / "templates"
EMBEDDED = {
    "build": "app",
    "dockerfile": "compose/strongbox/Dockerfile",
    "secrets": ["secret_key", "kek"],
    "hook": ["flask", "db", "upgrade", "--all"],
    "mirror": ["flask", "snapshot", "--into"],
    "judge": ["flask", "judge"],
    "schedules": {
        "rotate-keys": {
            "at": "*-*-* 03:20",
            "command": ["flask", "keys", "rotate", "--older-than", "30d", "--per-second", "20"],
        }
    },
    "max_body_mib": 24,
}


@dataclass(frozen=True)
class Plan:
    """What the files say. `groups` are those through which the user may log in when the role's defaults don't hold.

    `declared`: the inventory declares its apps already, and only the host is added.
    """

    environment: str
    folder: Path
    answers: Mapping[str, str]
    known_hosts: str
    groups: tuple[str, ...] = field(default=())
    declared: bool = False

    @property
    def app(self) -> dict[str, object]:
        """Return where the app comes from and which secrets it wants."""
        if self.declared:
            return {}
        source = self.answers.get("SOURCE", "")
        if self.answers["APP"] == EMBEDDED_APP and not source:
            return dict(EMBEDDED)
        return {"image": source} if PINNED_IMAGE.fullmatch(source) else {"build": source}


def render(plan: Plan) -> dict[str, str]:
    """Return the text of each readable file, by its path in the inventory."""
    answers = plan.answers
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - YAML, where `text` quotes
    )
    environment.filters["text"] = yaml_text
    words = {
        "environment": plan.environment,
        "vault": quoted(plan.folder / "group_vars" / "all" / "vault.yml"),
        "host_name": plan.environment,
        "address": answers["HOST"],
        "port": int(answers["SSH_PORT"]),
        "user": answers["SSH_USER"],
        "key": Path(answers["SSH_KEY"]).expanduser().absolute() if answers["SSH_KEY"] else "",
        "app": answers.get("APP", ""),
        "domain": answers.get("DOMAIN", ""),
        "exposure": answers.get("EXPOSURE", ""),
        "email": answers["EMAIL"],
        "groups": plan.groups,
        "vault_name": lambda name: vault_name(answers.get("APP", ""), name),
        "image": "",
        "build": "",
        "dockerfile": "",
        "secrets": [],
        "hook": [],
        "mirror": [],
        "judge": [],
        "schedules": {},
        "max_body_mib": 0,
        **plan.app,
    }
    settings = "host.yml" if plan.declared else "main.yml"
    return {
        "known_hosts": plan.known_hosts,
        f"group_vars/all/{settings}": environment.get_template(f"{settings}.j2").render(words),
        "hosts.yml": environment.get_template("hosts.yml.j2").render(words),
    }


def secret_values(plan: Plan) -> str:
    """Return the text of vault.yml before encryption, every value new."""
    names = plan.app.get("secrets")
    of_app = [(plan.answers["APP"], str(name)) for name in (names if isinstance(names, list) else [])]
    wanted = secrets_of(plan.folder) if plan.declared else of_app
    lines = [f'{vault_name(app, name)}: "{generate(name)}"' for app, name in wanted]
    return "\n".join(["---", *lines, ""])


def vault_name(app: str, name: str) -> str:
    """Return the variable that holds a secret of an app."""
    return f"vault_{app.replace('-', '_')}_{name}"


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write a new folder, whole or not at all.

    Raises:
        InitError: there is something already; it is left as it is.
    """
    refuse_existing(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".init-") as draft:
        for name, text in files.items():
            path = Path(draft, folder.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        os.rename(Path(draft, folder.name), folder)  # noqa: PTH104 - fails where a folder with files is


def add(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into an inventory without a host, each whole; hosts.yml, which gives it one, comes last."""
    for name, text in sorted(files.items(), key=lambda item: item[0] == HOSTS):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".init-") as place:
            draft = Path(place, path.name)
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)


def refuse_folder(folder: Path) -> None:
    """Raise InitError where SSH could not be told of files in the folder, or Ansible would take its name for more."""
    text = str(folder)
    if not LINE.fits(text) or UNQUOTABLE & set(text) or not encodable(text):
        raise InitError(
            "BAD_FOLDER",
            f"{shown(text)} has a character in its name that SSH or Ansible takes for more than itself: one of "
            f"{' '.join(sorted(UNQUOTABLE))}, {{{{, or one that can't be printed.",
            "the folder that inventories/ is in, and those above it",
            "mv that folder to a name without it   # spaces and letters of any script are fine",
        )


def refuse_existing(folder: Path) -> None:
    """Raise InitError where the inventory exists; one that only declares apps does not count."""
    if folder.exists() and not is_declared(folder):
        raise InitError(
            "EXISTS",
            f"{folder} exists; it is never overwritten.",
            "ENV, or the folder",
            f"slipway site {folder.name}   # to use it as it is",
        )
