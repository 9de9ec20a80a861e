"""Documentation of action `verb_inputs`, which runs on the control machine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: verb_inputs
short_description: Refuse extra variables of a verb that have not their form
description:
  - Ansible takes an extra variable for a template, and a template runs commands on the control machine. So this task is
    the first of each verb, and looks at what was written after C(-e), not at what it would become.
  - What the inventory says is left alone; who writes that runs commands anyway.
extends_documentation_fragment: slipway.kit.reads_only
options: {}
author:
  - Slipway
"""

EXAMPLES = r"""
- name: Refuse what has not its form
  slipway.kit.verb_inputs:
"""

RETURN = "{}"
