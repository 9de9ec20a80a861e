"""The variables that Ansible itself reads from an inventory."""

from __future__ import annotations

import functools

from ansible import constants as C  # noqa: N812 - Ansible's own name for it
from ansible.plugins.loader import become_loader, connection_loader, shell_loader

LOADERS = {"connection": (connection_loader, ("ssh", "local")), "become": (become_loader, ("sudo", "su"))}
SHELLS = ("sh",)
# Read by Ansible's own code, and in none of its tables.
OTHERS = frozenset({"ansible_connection", "ansible_host", "ansible_managed", "ansible_facts", "ansible_shell_type"})


@functools.cache
def ansible_names() -> frozenset[str]:
    """Return their names: those of SSH, sudo, su, the shell, and of Ansible's own settings."""
    names = set(OTHERS)
    for kind, (loader, plugins) in {**LOADERS, "shell": (shell_loader, SHELLS)}.items():
        for plugin in plugins:
            loader.get(plugin, class_only=True)  # a plugin's settings are known once it is loaded
            names.update(C.config.get_plugin_vars(kind, plugin))
    for setting in C.config.get_configuration_definitions().values():
        names.update(one["name"] for one in setting.get("vars") or ())
    names.update(variable for aliases in C.MAGIC_VARIABLE_MAPPING.values() for variable in aliases)
    return frozenset(str(name) for name in names if str(name).startswith("ansible_"))
