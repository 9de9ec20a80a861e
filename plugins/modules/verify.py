"""Documentation of action `verify`, which runs on the control machine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: verify
short_description: Ask a host's sites from outside, as a visitor would
description:
  - Visits every app by its name at the host's address from the control machine, and tries which ports answer.
extends_documentation_fragment: slipway.kit.seen_from_outside
options:
  open_ports:
    description: TCP ports that may answer besides those of the exposures.
    type: list
    elements: int
    default: []
author:
  - Slipway
"""

EXAMPLES = r"""
- name: Ask from outside
  slipway.kit.verify:
    apps: "{{ slipway_apps | slipway.kit.complete_apps }}"
"""

RETURN = r"""
findings:
  description: What it found, each with C(code), C(what), C(where), C(command) and C(severity).
  type: list
  elements: dict
  returned: always
"""
