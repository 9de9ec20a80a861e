"""The app as the inventory's readable half declares it: a build needs no vault password."""

from __future__ import annotations

from pathlib import Path

import yaml

from .refusal import RefusalError


def declared_app(inventory: Path, name: str) -> dict[str, object]:
    """Return the app called `name` in `group_vars/all/main.yml`.

    Raises:
        RefusalError: when there is no such file, or no such app in it.
    """
    file = inventory / "group_vars" / "all" / "main.yml"
    apps = (yaml.safe_load(file.read_text()) or {}).get("slipway_apps", []) if file.is_file() else None
    if apps is None:
        raise RefusalError(
            what="the inventory is not in this repository",
            value=str(file),
            where="the repository that the job runs in",
            next=f"make init ENV={inventory.name}, then git add --force {inventory}",
        )
    return named(apps, name, file)


def named(apps: list[dict[str, object]], name: str, file: Path) -> dict[str, object]:
    """Return the app called `name`.

    Raises:
        RefusalError: there is none.
    """
    for app in apps:
        if app.get("name") == name:
            return app
    raise RefusalError(
        what="the inventory declares no app of this name",
        value=f"{name}; declared: {', '.join(str(app.get('name')) for app in apps) or 'none'}",
        where=f"slipway_apps in {file}, or input `app` in .gitlab-ci.yml",
        next="use the same name in both",
    )
