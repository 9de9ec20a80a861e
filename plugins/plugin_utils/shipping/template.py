"""The Compose file of an app, from compose/app.yml.j2."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import jinja2

from ansible_collections.slipway.kit.plugins.plugin_utils.kit import ROOT

TEMPLATES = ROOT / "compose"
UNSAFE_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def compose_file(app: Mapping[str, object]) -> str:
    """Return the Compose file of a completed app, the same for both slots.

    Raises:
        jinja2.UndefinedError: the app did not pass through `complete_apps`.
    """
    return _rendered("app.yml.j2", app)


def services_file(app: Mapping[str, object]) -> str:
    """Return the Compose file of a completed app's services, empty where it has none."""
    return _rendered("services.yml.j2", app) if app["services"] else ""


def _rendered(template: str, app: Mapping[str, object]) -> str:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 - YAML, not HTML; values pass through yaml_text
    )
    templates.filters["yaml_text"] = yaml_text
    return templates.get_template(template).render(app=app)


def yaml_text(value: object) -> str:
    """Return a text as a scalar that every reader of YAML takes for exactly this text.

    JSON's quotes are YAML's. What YAML takes for the end of a line, or does not allow, is escaped; what lies outside
    the Basic Multilingual Plane is not, since JSON would write it as two escapes that YAML does not join
    (https://yaml.org/spec/1.2.2/#57-escaped-characters).
    """
    quoted = json.dumps(str(value), ensure_ascii=False)
    return UNSAFE_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
