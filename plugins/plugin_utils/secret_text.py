"""Secrets stay what they are: text, which nothing runs as a template. No message here holds any part of a value."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from ansible.template import is_trusted_as_template

from ansible_collections.slipway.kit.plugins.plugin_utils.forms import has_template

PREFIX = "vault_"
KINDS = ((bool, "true or false"), (int, "a number"), (float, "a number"), (datetime.date, "a date"))


def run_as_templates(variables: Mapping[str, object]) -> list[str]:
    """Return the names of vault variables whose text Ansible would run as a template and so change.

    Args:
        variables: of a host, not templated.
    """
    return sorted(
        name
        for name, value in variables.items()
        if name.startswith(PREFIX) and isinstance(value, str) and has_template(value) and is_trusted_as_template(value)
    )


def template_fault(name: str) -> str:
    """Return the sentence about a vault variable whose text would be run, with the way to write it."""
    return (
        f"`{name}` holds {{{{, {{% or {{#, which Ansible takes for a template, so the secret would change on its way. "
        f"Write {name}: !unsafe '...' in the vault (a single quote inside is written twice)."
    )


def text_fault(path: str, value: object) -> str:
    """Return the sentence about a secret that is not text; empty where it is.

    Args:
        path: like `slipway_secrets.shop.key`.
        value: templated.
    """
    if isinstance(value, str):
        return ""
    if isinstance(value, Mapping | list):
        kind = "a mapping" if isinstance(value, Mapping) else "a list"
        return f"`{path}` is {kind}, and a secret is text. Write it as one text of JSON, in single quotes."
    kind = next((name for of, name in KINDS if isinstance(value, of)), type(value).__name__)
    return f"`{path}` is text that YAML reads as {kind}, and would arrive as another text. Write the value in quotes."
