#!/usr/bin/python
"""Ansible module: what a host says about itself."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_report
short_description: Read the state of a host in one round trip
description:
  - Reads what C(preflight), C(verify), C(doctor) and C(audit) judge. Changes nothing.
extends_documentation_fragment: slipway.kit.reads_only
options:
  topics:
    description: What to read.
    type: list
    elements: str
    required: true
    choices:
      - certificates
      - containers
      - copies
      - firewall
      - guards
      - leases
      - login
      - network
      - published
      - register
      - releases
      - sockets
      - system
      - takeover
      - upkeep
  resolve:
    description: Names to resolve as the host does.
    type: list
    elements: str
    default: []
  sysctl:
    description: Kernel settings that are to be set, to learn which of them the kernel has not.
    type: list
    elements: str
    default: []
  visit:
    description: Names of sites to visit over HTTPS at the host's loopback address, trusting Caddy's own authority.
    type: list
    elements: str
    default: []
  measure:
    description: Data folders of apps whose size is to be counted; no link below them is followed.
    type: list
    elements: path
    default: []
author:
  - Slipway
"""

EXAMPLES = r"""
- name: report | Read sockets and disks
  slipway.kit.host_report:
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
unknown_sysctl:
  description: Those of O(sysctl) that the kernel does not have.
  type: list
  elements: str
  returned: success
measured:
  description: For each folder of O(measure) C(bytes) on the disk, and whether the count is C(complete).
  type: dict
  returned: success
visits:
  description: What each name of O(visit) answered.
  type: dict
  returned: success
local_root:
  description: Root certificate (PEM) of Caddy's own authority, empty where there is none.
  type: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402 - documentation comes first in a module

# mitogen sends only what is named here; relative imports inside the package it does not see.
from ansible_collections.slipway.kit.plugins.module_utils.hostreport import (  # noqa: E402 - as above
    certificates,
    containers,
    copies,
    data,
    dockerd,  # noqa: F401 - guards imports it, and mitogen sends only what is named here
    firewall,
    guards,
    leases,
    login,
    network,
    published,
    register,
    releases,
    sockets,
    sources,
    system,
    takeover,
    upkeep,
)
from ansible_collections.slipway.kit.plugins.module_utils.release import certificates as _certificates  # noqa: E402, F401
from ansible_collections.slipway.kit.plugins.module_utils.release import plain as _plain  # noqa: E402, F401
from ansible_collections.slipway.kit.plugins.module_utils.release import register as _register  # noqa: E402, F401
from ansible_collections.slipway.kit.plugins.module_utils.visit import web  # noqa: E402 - as above

TOPICS = {
    "certificates": certificates.read,
    "containers": containers.read,
    "copies": copies.read,
    "firewall": firewall.read,
    "guards": guards.read,
    "leases": leases.read,
    "login": login.read,
    "network": network.read,
    "published": published.read,
    "register": register.read,
    "releases": releases.read,
    "sockets": sockets.read,
    "system": system.read,
    "takeover": takeover.read,
    "upkeep": upkeep.read,
}
# Where Caddy's own authority leaves its root for those who are to trust it.
LOCAL_ROOT = "/etc/caddy/local-root.crt"


def main() -> None:
    """Answer with the topics asked for."""
    module = AnsibleModule(
        argument_spec={
            "topics": {"type": "list", "elements": "str", "required": True, "choices": sorted(TOPICS)},
            "resolve": {"type": "list", "elements": "str", "default": []},
            "sysctl": {"type": "list", "elements": "str", "default": []},
            "measure": {"type": "list", "elements": "path", "default": []},
            "visit": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    module.exit_json(
        changed=False,
        report={topic: TOPICS[topic]() for topic in module.params["topics"]},
        resolved={name: sources.addresses_of(name) for name in module.params["resolve"]},
        unknown_sysctl=[key for key in module.params["sysctl"] if not system.has_setting(key)],
        measured={path: data.measure(path) for path in module.params["measure"]},
        visits={name: web.secure("127.0.0.1", name, LOCAL_ROOT).as_dict() for name in module.params["visit"]},
        local_root=sources.text(LOCAL_ROOT),
    )


if __name__ == "__main__":
    main()
