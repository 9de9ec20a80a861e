#!/usr/bin/python
"""Ansible module: run Lynis and testssl.sh on a host without installing them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_audit
short_description: Run Lynis and testssl.sh on a host without installing them
description:
  - Fetches both by apt into a temporary folder, runs them there side by side, and removes the folder.
extends_documentation_fragment: slipway.kit.reads_only
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
  slipway.kit.host_audit:
    sites: [app.example.com]
"""

RETURN = r"""
lynis:
  description: >-
    Version, hardening index, warnings and suggestions without the tests in C(skipped), and in C(raw) with every test;
    or C(failed), a reason.
  type: dict
  returned: success
tls:
  description: Findings of testssl.sh above INFO, by site; or C(failed), a reason.
  type: dict
  returned: success
"""

import subprocess  # noqa: E402 - documentation comes first in a module
import tempfile  # noqa: E402 - as above
from collections.abc import Callable  # noqa: E402 - as above
from concurrent.futures import ThreadPoolExecutor  # noqa: E402 - as above
from functools import partial  # noqa: E402 - as above
from pathlib import Path  # noqa: E402 - as above

from ansible.module_utils.basic import AnsibleModule  # noqa: E402 - as above

# mitogen sends only what is named here; relative imports inside the package it does not see.
from ansible_collections.slipway.kit.plugins.module_utils.hostaudit import lynis, packages, tls  # noqa: E402 - as above

# Programs run from here, which role baseline forbids in /tmp and /var/tmp.
SCRATCH = "/var/cache"


def main() -> None:
    """Run both checkers at the same time and answer with what they found."""
    module = AnsibleModule(
        argument_spec={
            "sites": {"type": "list", "elements": "str", "default": []},
            "roots": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    names = module.params["sites"]
    with (
        tempfile.TemporaryDirectory(prefix="slipway-audit-", dir=SCRATCH) as scratch,
        ThreadPoolExecutor(max_workers=2) as pool,
    ):
        folder = Path(scratch)
        try:
            root = packages.unpack(folder)
        except packages.UnpackError as error:
            module.fail_json(msg=f"apt could not fetch {', '.join(packages.PACKAGES)}: {error}")
        hardening = pool.submit(attempt, lambda: lynis.audit(root, folder))
        sites = {name: attempt(partial(tls.audit, root, folder, name, module.params["roots"])) for name in names}
        module.exit_json(changed=False, lynis=hardening.result(), tls=sites)


def attempt(checker: Callable[[], object]) -> object:
    """Return what a checker found, or `{"failed": reason}`: one that fails must not hide the others."""
    try:
        return checker()
    except (OSError, ValueError, LookupError, subprocess.SubprocessError, lynis.NoScoreError, tls.NoScanError) as error:
        return {"failed": str(error)}


if __name__ == "__main__":
    main()
