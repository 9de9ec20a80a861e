"""Slipway's commands on the control machine; run from the repository root as `python -m slipway.NAME`.

They share code with the kit's Ansible plugins, under the name by which plugins import it: `ansible.module_utils.NAME`.
"""

from pathlib import Path

import ansible.module_utils

ROOT = Path(__file__).resolve().parent.parent

ansible.module_utils.__path__.append(str(ROOT / "plugins" / "module_utils"))
