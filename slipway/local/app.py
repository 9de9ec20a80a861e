"""Which app runs, and what production knows about it: the same facts, from an inventory or beside the app."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import AppSpecError, complete
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.kit import source_of
from ansible_collections.slipway.kit.plugins.plugin_utils.yaml_faults import faults
from slipway.environment import Environment, declared
from slipway.inventory import read_without_vault
from slipway.legible import UnreadableError

FACTS = "slipway.yml"  # beside an app that has no inventory yet
LIVE_DIR = "/live"  # in Caddy's container

App = dict[str, object]


@dataclass(frozen=True)
class Chosen:
    """A completed app, as it is declared, and the folder that its `build` and `dockerfile` are relative to."""

    production: App
    source: Path
    declared: App

    @property
    def name(self) -> str:
        """The app's name."""
        return str(self.production["name"])

    @property
    def domain(self) -> str:
        """Browsers take every name below `localhost` for this machine, without any DNS (RFC 6761, 6.3)."""
        return f"{self.name}.localhost"

    def local(self) -> App:
        """Return the app as the templates get it here: its name, one slot, and its folder in Caddy's container."""
        port = self.production["port"]
        return {
            **self.production,
            "domains": [self.domain],
            "redirects": [],
            "access": {"basic_auth": {}, "networks": []},
            "live_dir": LIVE_DIR,
            "services": [],
            "containers": cast("list[object]", self.production["containers"])[:1],
            "routes": {"blue": "", "green": ""},
            "slots": {"blue": {"port": port}, "green": {"port": port}},
        }


def choose(folder: Path | None, environment: str, name: str | None) -> Chosen:
    """Return the app in `folder` (with a `slipway.yml`), else the one that the inventory declares.

    Args:
        folder: an app's repository, or None.
        environment: folder of `inventories/`, used where `folder` is None.
        name: which app of the inventory; None: the first.

    Raises:
        RefusalError: nothing is declared there, or it is declared wrongly.
    """
    if folder:
        return _in_folder(folder.expanduser().resolve())
    declaring = Environment(environment, (declared(environment),))
    found = read_without_vault(declaring)
    first = str(found.apps[0].get("name")) if found.apps else ""
    app = found.app(name or first)
    return _completed(app, source_of(app, declaring.source), declaring.folder)


def _in_folder(folder: Path) -> Chosen:
    file = folder / FACTS
    declared: App = {"build": ".", "dockerfile": "Dockerfile", "exposure": "public", **_load(file)}
    declared.setdefault("domains", [f"{declared.get('name')}.localhost"])
    return _completed(declared, folder, file)


def _completed(declared: App, source: Path, file: Path) -> Chosen:
    try:
        [production] = complete([declared])
    except AppSpecError as error:
        raise RefusalError(
            what="the app is declared wrongly", value=str(error), where=str(file), next="correct it, then slipway local"
        ) from error
    if production["services"]:
        names = ", ".join(str(each["name"]) for each in cast("list[App]", production["services"]))
        raise RefusalError(
            what="local development runs the app's own container only, without services",
            value=names,
            where=f"services, {file}",
            next="slipway site ENV   # for a host of its own, such as a virtual machine",
        )
    return Chosen(production, source, declared)


def _name_like(folder: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")


def _load(file: Path) -> App:
    try:
        raw = file.read_bytes()
    except FileNotFoundError as error:
        raise RefusalError(
            what="there is no file that says what the app is",
            value=str(file),
            where=f"{file.parent}: the keys of one item of slipway_apps",
            next=f"echo 'name: {_name_like(file.parent)}' > {file}   # port, secrets, hook ... where they differ",
        ) from error
    if found := faults(raw, file):
        raise UnreadableError(found, "what says how the app runs here")
    content = yaml.safe_load(raw)
    return content if isinstance(content, dict) else {}
