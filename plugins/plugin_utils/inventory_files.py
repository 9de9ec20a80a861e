"""The files that Ansible reads for an inventory, and what keeps it from reading them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from .findings import Finding
from .shown_path import quoted, shown_path
from .yaml_faults import faults

SUFFIXES = frozenset({".yml", ".yaml", ".json", ""})
VARIABLE_FOLDERS = ("group_vars", "host_vars")
SEALED = b"$ANSIBLE_VAULT"
# An inventory of these names is YAML; without a suffix it may be INI as well.
YAML_HOSTS = SUFFIXES - {""}


def variable_files(folder: Path) -> Iterator[Path]:
    """Yield the files of variables beside an inventory or a playbook."""
    for name in VARIABLE_FOLDERS:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and path.suffix in SUFFIXES and not path.name.startswith("."):
                yield path


def host_files(source: Path) -> Iterator[Path]:
    """Yield the files of hosts of an inventory that are not programs: itself, or those in its folder."""
    for path in [source] if source.is_file() else _below(source):
        program = path.suffix not in YAML_HOSTS and os.access(path, os.X_OK)
        if path.is_file() and (path == source or path.suffix in {*SUFFIXES, ".ini"}) and not program:
            yield path


def _below(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and the folders below it, but for hidden ones and those of variables."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in VARIABLE_FOLDERS)
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))


def all_files(source: Path) -> list[Path]:
    """Return all of them, each once, for a source as `-i` names it; none for a list of hosts."""
    folder = source if source.is_dir() else source.parent
    return list(dict.fromkeys([*host_files(source), *variable_files(folder)])) if source.exists() else []


def is_sealed(raw: bytes) -> bool:
    """Whether a file is a vault as a whole."""
    return raw.startswith(SEALED)


def readable_faults(paths: Iterable[Path], root: Path) -> list[Finding]:
    """Return what is wrong with names and texts of files; vaults are judged by their names only.

    Args:
        paths: of files.
        root: names are judged below it.
    """
    found: list[Finding] = []
    for path in paths:
        found += [fault for fault in _name_faults(path, root) if fault not in found]
        try:
            raw = path.read_bytes()
        except OSError:
            continue  # Ansible says so, with its name
        if not is_sealed(raw):
            found += [fault for fault in faults(raw, path) if _is_yaml(path) or fault.code == "NOT_UTF8"]
    return found


def _is_yaml(path: Path) -> bool:
    return path.suffix in YAML_HOSTS or any(folder in path.parts for folder in VARIABLE_FOLDERS)


def _name_faults(path: Path, root: Path) -> Iterator[Finding]:
    """Yield a finding for each folder below the root, and for the file, whose name is not UTF-8."""
    parts = path.relative_to(root).parts if path.is_relative_to(root) else (path.name,)
    whole = path.parents[len(parts) - 1]
    for part in parts:
        whole /= part
        raw = os.fsencode(part)
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            byte = raw[error.start]
            what = f"Byte {byte:#04x} in a name is not UTF-8; in Latin-1 it is `{chr(byte)}`."
            better = whole.with_name(raw.decode("latin-1"))
            yield Finding("NOT_UTF8", what, shown_path(whole), f"mv {quoted(whole)} {quoted(better)}")
