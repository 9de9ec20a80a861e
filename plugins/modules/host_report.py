#!/usr/bin/python
"""Ansible module: what a host says about itself."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_report
short_description: Read the state of a host in one round trip
description:
  - Reads what C(preflight), C(verify), C(doctor) and C(audit) judge. Changes nothing.
options:
  topics:
    description: What to read.
    type: list
    elements: str
    required: true
    choices: [network, sockets, system]
  resolve:
    description: Names to resolve as the host does.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Reads the same.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
  idempotent:
    description: Reads only.
    support: full
author:
  - Slipway
"""

EXAMPLES = r"""
- name: report | Read sockets and disks
  host_report:
    topics: [system, sockets]
"""

RETURN = r"""
report:
  description: A tree a topic.
  type: dict
  returned: success
resolved:
  description: The addresses of each name of O(resolve), empty where it is unknown to the host.
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402 - documentation comes first in a module

# mitogen sends only what is named here; relative imports inside the package it does not see.
from ansible.module_utils.hostreport import network, sockets, sources, system  # noqa: E402 - as above

TOPICS = {"network": network.read, "sockets": sockets.read, "system": system.read}


def main() -> None:
    """Answer with the topics asked for."""
    module = AnsibleModule(
        argument_spec={
            "topics": {"type": "list", "elements": "str", "required": True, "choices": sorted(TOPICS)},
            "resolve": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    module.exit_json(
        changed=False,
        report={topic: TOPICS[topic]() for topic in module.params["topics"]},
        resolved={name: sources.addresses_of(name) for name in module.params["resolve"]},
    )


if __name__ == "__main__":
    main()
