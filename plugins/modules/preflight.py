"""Documentation of action `preflight`, which runs on the control machine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Judge inventory, connection and host before anything is touched
description:
  - Collects every finding and shows them together. Errors fail the task; warnings are shown.
  - The first host of the play also judges the inventory.
extends_documentation_fragment: slipway.kit.reads_only
options:
  roles:
    description: Roles whose required inputs must be set. Types and choices are checked for every role.
    type: list
    elements: str
    required: true
author:
  - Slipway
"""

EXAMPLES = r"""
- name: Refuse what would fail later
  slipway.kit.preflight:
    roles: [baseline, ssh, firewall]
"""

RETURN = r"""
findings:
  description: The warnings, each with C(code), C(what), C(where), C(command) and C(severity).
  type: list
  elements: dict
  returned: when there are warnings only
"""
