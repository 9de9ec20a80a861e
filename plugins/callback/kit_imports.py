"""Let action and filter plugins import the kit's module_utils by the name that modules use.

Ansible resolves `ansible.module_utils.appspec` for what it sends to a host, but not for what it runs here. Callbacks
are the first plugins that a run loads, before any task is templated, and workers are forked from the same process.
"""

from __future__ import annotations

from pathlib import Path

import ansible.module_utils
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: kit_imports
type: aggregate
short_description: Make the kit's module_utils importable on the control machine
description:
  - Prints nothing and listens to no event; loading it is all it does.
"""

KIT = str(Path(__file__).resolve().parents[1] / "module_utils")

if KIT not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(KIT)


class CallbackModule(CallbackBase):  # type: ignore[misc] # Ansible is untyped
    """A callback without events."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "kit_imports"
