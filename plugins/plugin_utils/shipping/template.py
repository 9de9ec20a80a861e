"""The Compose file of an app, from compose/app.yml.j2."""

from __future__ import annotations

from collections.abc import Mapping

import jinja2

from ansible_collections.slipway.kit.plugins.plugin_utils.kit import ROOT

TEMPLATES = ROOT / "compose"


def compose_file(app: Mapping[str, object]) -> str:
    """Return the Compose file of a completed app, the same for both slots.

    Raises:
        jinja2.UndefinedError: the app did not pass through `complete_apps`.
    """
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 - YAML, not HTML; values pass through tojson
    )
    return templates.get_template("app.yml.j2").render(app=app)
