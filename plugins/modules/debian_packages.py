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
  debian_packages:
    names: [nftables]
"""

RETURN = r"""
installed: {description: Packages that were missing., type: list, elements: str, returned: always}
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402 - Ansible wants the documentation first
from ansible.module_utils.debian_packages import AptError, install, missing  # noqa: E402


def main() -> None:
    """Ask, then install what is missing."""
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "unstarted": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    names = missing(module.params["names"])
    if names and not module.check_mode:
        try:
            install(names, module.params["unstarted"])
        except AptError as error:
            module.fail_json(msg=str(error))
    diff = {"before": "", "after": "".join(f"{name}\n" for name in names), "after_header": "packages"}
    module.exit_json(changed=bool(names), installed=names, diff=diff)


if __name__ == "__main__":
    main()
