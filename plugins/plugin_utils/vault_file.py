"""Put one value into an encrypted variables file, leaving every other byte of its text alone.

ruamel.yaml reads the text and says where an entry begins and ends. The entry is replaced in the text by own code, since
ruamel's dumper indents lists its own way and drops the comments that follow a block which is replaced.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    DocumentEndEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import SlipwayError
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import has_template


class VaultFileError(SlipwayError):
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
        VaultFileError: no such file, it is not encrypted, or its text is not one mapping.
    """
    return _loaded(_text(path, cipher), path)


def put_entry(path: Path, key: str, value: Mapping[str, object] | None, cipher: Cipher) -> bool:
    """Set `key` of the file to `value` (None removes it) and return whether that took a change.

    Args:
        path: a file that ansible-vault has encrypted as a whole.
        key: top-level name, `vault_...`.
        value: a mapping that JSON can hold.
        cipher: with the password of this file.

    Raises:
        VaultFileError: no such file, it is not encrypted, its text is not one mapping, or a text of the value is one
            that Ansible would run. Nothing is written then.
    """
    if has_template(value):
        raise VaultFileError(
            f"{key}: a text of the value has {{{{, {{% or {{#, which Ansible would run; not put into {path}."
        )
    before = _text(path, cipher)
    held = _loaded(before, path)
    expected = {name: kept for name, kept in held.items() if name != key} | ({} if value is None else {key: value})
    if expected == held:
        return False
    after = with_entry(before, key, value)
    if _loaded(after, path) != expected:
        raise VaultFileError(f"{path}: {key} can't be replaced without another entry changing; nothing was written.")
    _replace(path, cipher.encrypt(after.encode()))
    return True


def with_entry(text: str, key: str, value: Mapping[str, object] | None) -> str:
    """Return the YAML text with that top-level entry set, on one line, where it was or at the end.

    Args:
        text: one mapping in block style, or nothing.
        key: top-level name.
        value: a mapping that JSON can hold; None removes the entry.
    """
    line = f"{key}: {json.dumps(value, sort_keys=True)}\n" if value is not None else ""
    if text and not text.endswith("\n"):
        text += "\n"
    start, end = _place(text, key)
    return text[:start] + line + text[end:]


def _place(text: str, key: str) -> tuple[int, int]:
    """Return where the entry is in the text; an empty place at the end where there is none."""
    depth, is_key, start, end, bottom = 0, False, -1, -1, len(text)
    for event in _reader().parse(text):
        if isinstance(event, DocumentEndEvent) and event.explicit:
            bottom = event.start_mark.index
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            depth -= 1
        if depth == 1 and isinstance(event, NodeEvent):
            is_key = not is_key
            if is_key and start >= 0:
                break
            if is_key and isinstance(event, ScalarEvent) and event.value == key:
                start = event.start_mark.index
        if start >= 0:
            end = max(end, _end(event))
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
    if start < 0:
        return bottom, bottom
    # A comment on the last line goes with the entry; a block scalar ends behind its line.
    return start, end if text[end - 1] == "\n" else text.index("\n", end) + 1


def _end(event: Event) -> int:
    """Return where an event ends, 0 for the end of a block, which is where the next token happens to be."""
    return int(event.end_mark.index) if event.end_mark.index > event.start_mark.index else 0


def _reader() -> YAML:
    reader = YAML(typ="safe", pure=True)
    reader.version = "1.1"  # as Ansible reads it
    return reader


def _loaded(text: str, path: Path) -> dict[str, object]:
    """Return the mapping that a text is.

    Raises:
        VaultFileError: it is something else. The message has the line and no word of the text, which holds secrets.
    """
    try:
        loaded = _reader().load(text)
    except (YAMLError, ValueError) as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        problem = "a key that was there before" if isinstance(error, DuplicateKeyError) else "not valid YAML"
        place = f"{path}, line {mark.line + 1}" if mark else f"{path}"
        raise VaultFileError(f"{place}: {problem}; nothing was written. Run: ansible-vault edit {path}") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise VaultFileError(
            f"{path}, line 1: not a mapping of names to values; nothing was written. Run: ansible-vault edit {path}"
        )
    return loaded


def _text(path: Path, cipher: Cipher) -> str:
    if not path.exists():
        raise VaultFileError(f"{path} does not exist. `slipway init ENV` writes it, with its password.")
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
