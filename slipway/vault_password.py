#!/usr/bin/env python3
"""Print the vault password of the environment that Ansible was called for.

`ansible.cfg` names this program, so that `ansible-playbook -i inventories/production ...` and
`ansible-vault edit inventories/production/...` open the vault without a flag or an environment variable. Ansible says
nothing to a password program, so it reads the command line of whoever called it: the environment is the folder behind
`inventories/`. Its password is in ~/.config/slipway/<environment>.vault-pass (or below $XDG_CONFIG_HOME).

Where no password is kept (the demo has no vault), a text that opens nothing is printed: Ansible takes a failing program
for an error even when there is nothing to decrypt.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ENVIRONMENT = re.compile(r"(?:^|[/=])inventories/([a-z][a-z0-9-]*)(?:/|$)")
OPENS_NOTHING = "no-vault-password-is-kept-for-this-inventory"


def caller() -> list[str]:
    """Return the command line of the process that started this one."""
    parent = os.getppid()
    try:
        return Path(f"/proc/{parent}/cmdline").read_text(encoding="utf-8").split("\0")
    except OSError:
        shown = subprocess.run(
            ["ps", "-ww", "-o", "args=", "-p", str(parent)], check=False, capture_output=True, text=True
        )
        return shown.stdout.split()


def password(words: list[str], folder: Path) -> str:
    """Return the one password kept in `folder` for the environments that the words name.

    Raises:
        ValueError: there are several; one run opens one vault.
    """
    named = dict.fromkeys(match[1] for word in words for match in [ENVIRONMENT.search(word)] if match)
    kept = [path for name in named if (path := folder / f"{name}.vault-pass").is_file()]
    if len(kept) > 1:
        raise ValueError(f"several vaults at once: {', '.join(path.stem for path in kept)}")
    return kept[0].read_text(encoding="ascii").strip() if kept else OPENS_NOTHING


def main() -> int:
    """Print the password."""
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    inventory = os.environ.get("ANSIBLE_INVENTORY", "")
    try:
        print(password([*caller(), *inventory.split(",")], base / "slipway"))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
