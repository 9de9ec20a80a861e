"""Documentation of action `lockout`, which runs on the control machine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: lockout
short_description: Refuse inputs of a role that would lock the operator out
description:
  - Reads whom Ansible logs in as, from where and by which port, and refuses inputs of a role that would shut that login
    or an admin out, that would cut the host off from its neighbours, that the host does not know, or that would
    take over what somebody else set up there without C(slipway_takeover).
  - Shows every finding with its value, its place and the next command. Changes nothing.
  - Without C(become) it sees the login itself, whatever the way to become root.
extends_documentation_fragment: slipway.kit.reads_only
options:
  about:
    description: The role whose inputs are judged; they are read from the variables of the task.
    type: str
    required: true
    choices: [admin, baseline, docker, firewall, ssh]
author:
  - Slipway
"""

EXAMPLES = r"""
- name: Preflight | Refuse what would lock out
  slipway.kit.lockout:
    about: ssh
  become: false
"""

RETURN = r"""
login:
  description: The login itself, as topic C(login) of M(slipway.kit.host_report) tells it.
  type: dict
  returned: success
takeover:
  description: What somebody else set up there, as topic C(takeover) of M(slipway.kit.host_report) tells it.
  type: dict
  returned: success
"""
