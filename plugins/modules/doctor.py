"""Documentation of action `doctor`, which runs on the control machine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: doctor
short_description: Judge a host by its own report and from outside
description:
  - One round trip to the host, visits of its sites, DNS. Changes nothing, and never fails for what it finds.
extends_documentation_fragment: [slipway.kit.seen_from_outside, slipway.kit.seen_from_outside.folder]
options:
  openings:
    description: Further ports that are meant to be open, each with C(port) and C(protocol).
    type: list
    elements: dict
    default: []
  acme_directory:
    description: URL of the ACME directory, whose authority must be allowed by CAA records.
    type: str
    default: ""
  live_restore:
    description: Whether containers are to go on while the engine restarts; where not, the doctor does not ask for it.
    type: bool
    default: true
author:
  - Slipway
"""

EXAMPLES = r"""
- name: Examine the host
  slipway.kit.doctor:
    apps: "{{ slipway_apps | slipway.kit.complete_apps }}"
    folder: /tmp/doctor
"""

RETURN = r"""
findings:
  description: What it found, each with C(code), C(what), C(where), C(command) and C(severity).
  type: list
  elements: dict
  returned: success
"""
