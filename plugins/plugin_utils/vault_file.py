"""Put one value into an encrypted variables file, leaving every other byte of its text alone."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.forms import has_template


class VaultFileError(RuntimeError):
    """The file can't take the value; the message says why and what to do."""


class Cipher(Protocol):
    """What encrypts and decrypts: Ansible's VaultLib does."""

    def is_encrypted(self, data: bytes) -> bool:
        """Say whether this is a vault."""

    def decrypt(self, vaulttext: bytes) -> bytes:
        """Return the text of a vault."""

    def encrypt(self, plaintext: bytes) -> bytes:
        """Return a vault of a text."""


def entries(path: Path, cipher: Cipher) -> dict[str, object]:
    """Return what the file holds.

    Raises:
        VaultFileError: no such file, or it is not encrypted.
    """
    loaded = yaml.safe_load(_text(path, cipher))
    return loaded if isinstance(loaded, dict) else {}


def put_entry(path: Path, key: str, value: Mapping[str, object] | None, cipher: Cipher) -> bool:
    """Set `key` of the file to `value` (None removes it) and return whether that took a change.

    Args:
        path: a file that ansible-vault has encrypted as a whole.
        key: top-level name, `vault_...`.
        value: a mapping that JSON can hold.
        cipher: with the password of this file.

    Raises:
        VaultFileError: no such file, it is not encrypted, or a text of the value is one that Ansible would run.
    """
    if has_template(value):
        raise VaultFileError(
            f"{key}: a text of the value has {{{{, {{% or {{#, which Ansible would run; not put into {path}."
        )
    before = _text(path, cipher)
    after = with_entry(before, key, value)
    if (yaml.safe_load(after) or {}) == (yaml.safe_load(before) or {}):
        return False
    _replace(path, cipher.encrypt(after.encode()))
    return True


def with_entry(text: str, key: str, value: Mapping[str, object] | None) -> str:
    """Return the YAML text with that top-level entry set, on one line, where it was or at the end."""
    line = f"{key}: {json.dumps(value, sort_keys=True)}\n" if value is not None else ""
    # An entry goes on over indented lines and blank lines between them.
    entry = re.compile(rf"^{re.escape(key)}:.*\n(?:(?:[ \t]+.*)?\n(?=[ \t]|$))*(?:[ \t]+.*\n)*", re.MULTILINE)
    if text and not text.endswith("\n"):
        text += "\n"
    if entry.search(text):
        return entry.sub(lambda _: line, text, count=1)
    return text + line


def _text(path: Path, cipher: Cipher) -> str:
    if not path.exists():
        raise VaultFileError(f"{path} does not exist. `make init` writes it, with its password.")
    sealed = path.read_bytes()
    if not cipher.is_encrypted(sealed):
        raise VaultFileError(f"{path} is not encrypted, so no secret is put there. Run: ansible-vault encrypt {path}")
    return cipher.decrypt(sealed).decode()


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as staged:
            staged.write(content)
            staged.flush()
            os.fsync(staged.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
