"""Print what an inventory says, with every template in it filled in: `python -m slipway.templated SOURCE...`.

A program of its own, since Ansible's loader has to be there before anything of the collection is imported. Prints
{host: {name: value}} for the variables of `NAMES` as JSON; the host "" stands for an inventory without hosts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from ansible.cli import CLI
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar
from ansible.vars.manager import VariableManager

NAMES = (
    *("ansible_host", "ansible_user", "ansible_port", "ansible_ssh_common_args", "ansible_ssh_extra_args"),
    *("ansible_ssh_private_key_file", "ansible_private_key_file"),
    *("slipway_apps", "app_source_dir"),
)


def main(words: Sequence[str]) -> int:
    """Read the inventories named; words behind `--vault` are files with the password of their vault."""
    init_plugin_loader()
    bar = words.index("--vault") if "--vault" in words else len(words)
    try:
        answer = read(words[:bar], words[bar + 1 :])
    except AnsibleError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    json.dump(answer, sys.stdout, default=str)
    return 0


def read(sources: Sequence[str], passwords: Sequence[str]) -> dict[str, dict[str, object]]:
    """Return the variables of each host by its name."""
    loader = DataLoader()
    loader.set_vault_secrets(CLI.setup_vault_secrets(loader, vault_ids=[], vault_password_files=list(passwords)))
    inventory = InventoryManager(loader=loader, sources=list(sources))
    manager = VariableManager(loader=loader, inventory=inventory)
    answer: dict[str, dict[str, object]] = {}
    for host in inventory.get_hosts() or [inventory.get_host("localhost")]:
        variables = manager.get_vars(host=host)
        templar = Templar(loader=loader, variables=variables)
        name = "" if host.implicit else host.name
        answer[name] = {key: templar.template(variables[key]) for key in NAMES if key in variables}
    return answer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
