"""A tiny app in a folder of the test's own, as a host has it: what tests of the engine's faults break."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete


def tiny_app(folder: Path, **fields: object) -> dict[str, object]:
    """Return the completed app with all its folders below `folder`, which are made."""
    declared = {"name": "tiny", "domains": ["app.test"], "build": ".", "exposure": "public", "watch_seconds": 0}
    [app] = complete([{**declared, **fields}])
    root = folder / "apps" / "tiny"
    for name in ("live", "state", "data", "releases"):
        (root / name).mkdir(parents=True)
    (folder / "secrets").mkdir()
    places = {"root": root, "live_dir": root / "live", "data_dir": root / "data", "secrets_dir": folder / "secrets"}
    return {**app, **{name: str(path) for name, path in places.items()}}
