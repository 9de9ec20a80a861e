"""Make the kit's module_utils importable as Ansible imports them: `from ansible.module_utils.release import ...`."""

from __future__ import annotations

from pathlib import Path

import ansible.module_utils

ROOT = Path(__file__).resolve().parent.parent

ansible.module_utils.__path__.append(str(ROOT / "plugins" / "module_utils"))
