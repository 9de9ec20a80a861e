"""Where things are: the kit itself, the project that it is used in, and what is kept between two commands."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils import kit

KIT = kit.ROOT
"""The folder of roles/, playbooks/ and plugins/."""

INVENTORIES = "inventories"
CHECKOUT = (KIT / "pyproject.toml").is_file()
"""Whether the kit is a clone to work on, and not an installed wheel."""


def project() -> Path:
    """Return the nearest folder at or above this one that has inventories; this one where there is none."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / INVENTORIES).is_dir()), here)


def state() -> Path:
    """Return the folder for what this person's commands keep outside of every repository (XDG)."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "slipway"


def rigs() -> Path:
    """Return the folder of throw-away hosts: those of a clone are its own."""
    return KIT / ".rig" if CHECKOUT else state() / "rig"


def logs() -> Path:
    """Return the folder of logs and scores: the project's, which Git does not see, else one of this person's."""
    here = project()
    folder = here / ".logs" if (here / INVENTORIES).is_dir() else state() / "logs"
    if not folder.is_dir():
        folder.mkdir(parents=True)
        (folder / ".gitignore").write_text("*\n", encoding="ascii")
    return folder
