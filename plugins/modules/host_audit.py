#!/usr/bin/python
"""Ansible module: run Lynis and testssl.sh on a host without installing them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_audit
short_description: Run Lynis and testssl.sh on a host without installing them
description:
  - Fetches both by apt into a temporary folder, runs them there side by side, and removes the folder.
extends_documentation_fragment: reads_only
options:
  sites:
    description: Names of the sites to scan by testssl.sh.
    type: list
    elements: str
    default: []
  roots:
    description: PEM text of an authority to trust on top of the usual ones.
    type: str
    default: ""
author:
  - Slipway
"""

EXAMPLES = r"""
- name: audit | Run the checkers
  host_audit:
    sites: [app.example.com]
"""

RETURN = r"""
lynis:
  description: Version, hardening index, warnings and suggestions.
  type: dict
  returned: success
tls:
  description: Findings of testssl.sh above INFO, by site.
  type: dict
  returned: success
"""

import subprocess  # noqa: E402 - documentation comes first in a module
import tempfile  # noqa: E402 - as above
from concurrent.futures import ThreadPoolExecutor  # noqa: E402 - as above
from pathlib import Path  # noqa: E402 - as above

from ansible.module_utils.basic import AnsibleModule  # noqa: E402 - as above

# mitogen sends only what is named here; relative imports inside the package it does not see.
from ansible.module_utils.hostaudit import lynis, packages, tls  # noqa: E402 - as above


def main() -> None:
    """Run both checkers at the same time and answer with what they found."""
    module = AnsibleModule(
        argument_spec={
            "sites": {"type": "list", "elements": "str", "default": []},
            "roots": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    with tempfile.TemporaryDirectory(prefix="slipway-audit-") as scratch, ThreadPoolExecutor(max_workers=2) as pool:
        folder = Path(scratch)
        try:
            root = packages.unpack(folder)
            hardening = pool.submit(lynis.audit, root, folder)
            sites = {name: tls.audit(root, folder, name, module.params["roots"]) for name in module.params["sites"]}
            module.exit_json(changed=False, lynis=hardening.result(), tls=sites)
        except packages.UnpackError as error:
            module.fail_json(msg=f"apt could not fetch {', '.join(packages.PACKAGES)}: {error}")
        except subprocess.SubprocessError as error:
            module.fail_json(msg=f"A checker failed: {error}")


if __name__ == "__main__":
    main()
