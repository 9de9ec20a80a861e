#!/usr/bin/python
"""Ansible module: Debian packages are there."""

from __future__ import annotations

DOCUMENTATION = r"""
module: debian_packages
short_description: Have Debian packages installed
description:
  - Asks dpkg (milliseconds), and calls apt only for what is missing, in one transaction without recommended packages.
  - Unlike C(ansible.builtin.apt) it needs nothing on the host, python3-apt and package lists included,
    so that check mode works on a bare host.
options:
  names: {description: Packages., type: list, elements: str, required: true}
  ahead:
    description:
      - Packages that later tasks will ask for. Their installation is begun and goes on by itself; the task that asks
        for one waits for it, and installs it where it is missing all the same.
    type: list
    elements: str
    default: []
  unstarted:
    description: Services that a package must not start by itself, because they are configured first.
    type: list
    elements: str
    default: []
attributes:
  check_mode: {support: full}
  diff_mode: {support: full}
  idempotent: {support: full}
author: The Slipway authors
"""

EXAMPLES = r"""
- name: install | Install nftables
  slipway.kit.debian_packages:
    names: [nftables]
    ahead: [docker.io]
    unstarted: [docker]
"""

RETURN = r"""
installed: {description: Packages that were missing., type: list, elements: str, returned: always}
begun: {description: Packages that are being installed., type: list, elements: str, returned: always}
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402 - Ansible wants the documentation first

from ansible_collections.slipway.kit.plugins.module_utils.debian_packages import AptError, install  # noqa: E402
from ansible_collections.slipway.kit.plugins.module_utils.debian_packages.ahead import begin, lacking  # noqa: E402


def main() -> None:
    """Ask, then install what is missing."""
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "ahead": {"type": "list", "elements": "str", "default": []},
            "unstarted": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    try:
        names, later = lacking(module.params["names"]), lacking(module.params["ahead"])
        if names and not module.check_mode:
            install(names, module.params["unstarted"])
        if later and not module.check_mode:
            begin(later, module.params["unstarted"])
    except AptError as error:
        module.fail_json(msg=str(error))
    diff = {"before": "", "after": "".join(f"{name}\n" for name in (*names, *later)), "after_header": "packages"}
    module.exit_json(changed=bool(names or later), installed=names, begun=later, diff=diff)


if __name__ == "__main__":
    main()
