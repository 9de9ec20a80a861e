"""An inventory whose apps are declared before it has a host, as `slipway new` makes it: `init` adds what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from slipway.init.errors import InitError

MAIN = Path("group_vars", "all", "main.yml")
HOSTS = "hosts.yml"


def is_declared(folder: Path) -> bool:
    """Say whether apps are declared in the folder of an inventory, and no host."""
    return (folder / MAIN).is_file() and not (folder / HOSTS).exists()


def secrets_of(folder: Path) -> list[tuple[str, str]]:
    """Return the secrets that the declared apps want: name of the app, name of the secret.

    Raises:
        InitError: the file is not YAML, or what it says of the apps has another shape.
    """
    file = folder / MAIN
    try:
        apps = yaml.safe_load(file.read_text(encoding="utf-8"))["slipway_apps"]
        return [(str(app["name"]), str(secret)) for app in apps for secret in _all_secrets(app)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise InitError(
            "UNREADABLE",
            f"what it says of its apps can't be read: {str(error).splitlines()[0]}",
            str(file),
            f"correct slipway_apps in it, or mv {folder} away and begin again",
        ) from error


def _all_secrets(app: dict[str, Any]) -> list[str]:
    """Return the names once each, of the app itself and of its processes."""
    parts = [app, *(app.get("processes") or {}).values()]
    return list(dict.fromkeys(name for part in parts for name in (part or {}).get("secrets") or []))
