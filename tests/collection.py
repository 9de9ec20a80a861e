"""Make this checkout the collection `slipway.kit` in the process of the tests, as ansible.cfg does for Ansible.

Imported first: Ansible's loader does not find the filters of a collection that Python imported before it.
"""

from __future__ import annotations

from pathlib import Path

from ansible.plugins.loader import init_plugin_loader

init_plugin_loader([str(Path(__file__).resolve().parent.parent)])
