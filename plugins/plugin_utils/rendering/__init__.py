"""Templates rendered on the control machine, once each.

Ansible's own `lookup('template', ...)` copies every variable and fact of the host deeply for every file: a tenth of a
second each, half of a converge that changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.template import generate_ansible_template_vars, trust_as_template


def render(path: str, variables: Mapping[str, Any], names: Mapping[str, Any], *, templar: Any, loader: Any) -> str:
    """Return the text of a Jinja2 template.

    Args:
        path: of the template; it can include and import its neighbours.
        variables: of the host.
        names: what this one file is about; wins over the variables.
        templar: of the action.
        loader: of the action.
    """
    text = trust_as_template(loader.get_text_file_contents(path))
    scope = {**generate_ansible_template_vars(path=path, fullpath=path), **variables, **names}
    with_neighbours = templar.copy_with_new_env(searchpath=[str(Path(path).parent)], available_variables=scope)
    return str(with_neighbours.template(text, escape_backslashes=False, overrides={"trim_blocks": True}))
