"""Documentation of action `audit`, which runs on the control machine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: audit
short_description: Run ssh-audit, Lynis, testssl.sh and the look at containers against a host
description:
  - ssh-audit runs on the control machine, the others on the host, which keeps nothing of them.
extends_documentation_fragment: [slipway.kit.seen_from_outside, slipway.kit.seen_from_outside.folder]
author:
  - Slipway
"""

EXAMPLES = r"""
- name: Have the checkers look at the host
  slipway.kit.audit:
    apps: "{{ slipway_apps | slipway.kit.complete_apps }}"
    folder: /tmp/audit
"""

RETURN = "{}"
