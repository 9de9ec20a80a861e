"""What the documentation of `verify`, `doctor` and `audit` shares: the sites, and where findings go."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragments `seen_from_outside` and `seen_from_outside.folder`."""

    DOCUMENTATION = r"""
options:
  apps:
    description: The completed apps; those with a public or lan site are visited.
    type: list
    elements: dict
    required: true
  trust_root:
    description: PEM file on the control machine of the authority that visitors trust; empty means the system's.
    type: str
    default: ""
"""
    FOLDER = r"""
options:
  folder:
    description: Folder of the control machine that gets a JSON file for each host.
    type: path
    required: true
"""
