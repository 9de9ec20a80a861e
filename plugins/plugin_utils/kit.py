"""The collection itself: where it lies, and its names as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder of roles/, playbooks/ and plugins/."""

PREFIX = "slipway.kit."


def short(name: str) -> str:
    """Return the name of a role, or of a role's task, without the collection's: `caddy : run | Start it`."""
    return name.removeprefix(PREFIX)


def project_of(variables: Mapping[str, object]) -> Path:
    """Return the folder that an app's `build` and `dockerfile` are relative to: the one that has `inventories/`.

    That is the kit's own in a clone, and the app's repository where the kit is installed.

    Args:
        variables: a task's, with `ansible_inventory_sources`.
    """
    sources = variables.get("ansible_inventory_sources")
    first = Path(str(sources[0])).absolute() if isinstance(sources, list | tuple) and sources else ROOT
    return next((folder.parent for folder in first.parents if folder.name == "inventories"), _elsewhere())


def source_of(app: Mapping[str, object], project: Path) -> Path:
    """Return the folder that an app's paths are relative to: its project's; the kit's for the app that comes with it.

    Args:
        app: as declared; its `dockerfile` tells the kit's own app.
        project: what `project_of` returned.
    """
    dockerfile = str(app.get("dockerfile") or "")
    ours = dockerfile and not (project / dockerfile).is_file() and (ROOT / dockerfile).is_file()
    return ROOT if ours else project


def _elsewhere() -> Path:
    """Return the folder for an inventory that lies in no folder `inventories`."""
    return ROOT if (ROOT / "pyproject.toml").is_file() else Path.cwd()
