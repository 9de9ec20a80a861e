"""The real Caddy, and what role caddy gives it to read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import architecture_of, fetch, load
from tests.templates.rendering import render
from tests.templates.site import App, Site


@pytest.fixture(scope="session")
def caddy() -> Path:
    """Return the program as hosts get it."""
    return fetch(load("caddy", architecture_of(os.uname().machine)))


@pytest.fixture
def rendered(tmp_path: Path, caddy: Path) -> Callable[..., Site]:
    """Return what renders all files for some apps; keyword arguments are inventory variables."""

    def render_all(*apps: App, live: Path | None = None, **inputs: object) -> Site:
        inputs = {
            "slipway_apps": list(apps),
            "__caddy_apps": complete(list(apps)),
            "__caddy_data_dir": str(tmp_path / "data"),
            "__caddy_log_dir": str(tmp_path / "log"),
            **inputs,
        }
        (tmp_path / "sites").mkdir()
        (tmp_path / "Caddyfile").write_text(render("caddy", "Caddyfile.j2", **inputs))
        (tmp_path / "answers.caddy").write_text(render("caddy", "caddy/answers.caddy.j2", **inputs))
        for one in complete(list(apps)):
            there = one | {"live_dir": str(live)} if live else one
            text = render("caddy", "caddy/site.caddy.j2", app=there, **inputs)
            (tmp_path / f"sites/{one['name']}.caddy").write_text(text)
        return Site(tmp_path, caddy)

    return render_all
