"""The vault of an environment: encrypted in the inventory, its password outside of the repository."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ansible.parsing.vault import VaultLib, VaultSecret

PASSWORD_BYTES = 32
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def password_file(environment: str) -> Path:
    """Return where the password of an environment's vault is kept on this machine."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base, "slipway", f"{environment}.vault-pass")


def password(path: Path) -> str:
    """Return the password in a file; a file that is not there is written with a new one, mode 0600."""
    if not path.exists():
        path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(PASSWORD_BYTES) + "\n")
    return path.read_text(encoding="ascii").strip()


def encrypt(text: str, secret: str) -> str:
    """Return the text as a vault that `ansible-vault` opens with the password."""
    vault = VaultLib([("default", VaultSecret(secret.encode("ascii")))])
    return str(vault.encrypt(text).decode("ascii"))
