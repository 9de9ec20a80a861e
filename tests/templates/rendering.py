"""Render a role's templates as Ansible does, without a host."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROOT = Path(__file__).resolve().parents[2]


def render(role: str, template: str | Path, **inputs: object) -> str:
    """Return what `template` (below the role's templates/, or a path from the repository root) becomes on the host.

    Args:
        role: whose defaults and constants count.
        template: the file.
        inputs: inventory variables; they win over the role's.
    """
    folder = ROOT / "roles" / role
    path = folder / "templates" / template
    if not path.exists():
        path = ROOT / template
    variables = {
        "ansible_managed": "Written by Ansible.",
        "role_path": str(folder),
        **_variables(folder / "defaults/main.yml"),
        **_variables(folder / "vars/main.yml"),
        **inputs,
    }
    templar = Templar(loader=DataLoader(), variables=variables)
    text = trust_as_template(path.read_text())
    return cast(str, templar.template(text, overrides={"trim_blocks": True}, escape_backslashes=False))


def _variables(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    return {key: _trusted(value) for key, value in yaml.safe_load(path.read_text()).items()}


def _trusted(value: object) -> object:
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, list):
        return [_trusted(item) for item in value]
    return {key: _trusted(item) for key, item in value.items()} if isinstance(value, dict) else value
