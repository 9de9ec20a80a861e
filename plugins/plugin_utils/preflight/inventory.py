"""Which top-level variables an inventory sets, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from ansible_collections.slipway.kit.plugins.plugin_utils.inventory_files import (
    YAML_HOSTS,
    all_files,
    is_sealed,
    variable_files,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of
from ansible_collections.slipway.kit.plugins.plugin_utils.yaml_faults import faults


@dataclass(frozen=True)
class Declared:
    """A variable as the inventory sets it; `line` counts from 1, 0 where there are no lines."""

    key: str
    path: Path
    line: int

    @property
    def place(self) -> str:
        """Return `file:line`, relative to the working directory where that is shorter."""
        path = self.path
        if path.is_absolute() and path.is_relative_to(Path.cwd()):
            path = path.relative_to(Path.cwd())
        return f"{path}:{self.line}" if self.line else str(path)


def declared(sources: Iterable[Path], read: Callable[[Path], str]) -> list[Declared]:
    """Return every top-level variable of the inventory sources, in reading order.

    Args:
        sources: folders or files as given by `-i`; others (host lists) are left out.
        read: returns the text of a file, decrypted where it is a vault.
    """
    found: list[Declared] = []
    for source in sources:
        if source.is_file():
            found += _of_hosts(source, read)
        folder = source if source.is_dir() else source.parent
        if source.is_dir():
            for path in sorted(folder.glob("*.yml")) + sorted(folder.glob("*.yaml")):
                found += _of_hosts(path, read)
        if source.exists():
            for path in variable_files(folder):
                found += [Declared(key, path, line) for key, line in _keys(_mapping(read(path)))]
    return list(dict.fromkeys(found))


def declared_in(manager: Any, loader: Any) -> list[Declared]:
    """Return every top-level variable of the inventory that Ansible reads, and those of the command line.

    Args:
        manager: Ansible's variable manager, which is untyped.
        loader: Ansible's loader of files, which decrypts.
    """
    # There is no public way to the -i arguments.
    sources = [Path(source) for source in manager._inventory._sources]
    found = declared(sources, lambda path: str(loader.get_text_file_contents(str(path))))
    return found + [Declared(key, Path("the command line (-e)"), 0) for key in manager.extra_vars]


def places(found: Iterable[Declared], values: Mapping[str, object], fallback: str) -> Callable[[str], str]:
    """Return what tells where a variable is set.

    Args:
        found: what the inventory sets, and where; a variable may be set in several files.
        values: of a host, not templated: their origin says which of these counts.
        fallback: for a variable that is not set.
    """
    candidates: dict[str, list[Declared]] = {}
    for one in found:
        candidates.setdefault(one.key, []).append(one)

    def place(name: str) -> str:
        known = candidates.get(name, [])
        file = place_of(values.get(name)).rpartition(":")[0]
        fitting = [one for one in known if file and one.place.rpartition(":")[0] == file]
        return (fitting or known)[-1].place if known else fallback

    return place


def file_faults(manager: Any, loader: Any) -> list[Finding]:
    """Return what is wrong with the text of the inventory's files, vaults among them, that Ansible passes over.

    Args:
        manager: Ansible's variable manager, which is untyped.
        loader: Ansible's loader of files, which decrypts.
    """
    found: list[Finding] = []
    for path in dict.fromkeys(path for source in manager._inventory._sources for path in all_files(Path(source))):
        if path.suffix in YAML_HOSTS:
            text = str(loader.get_text_file_contents(str(path)))
            found += faults(text.encode("utf-8", "surrogateescape"), path, sealed=is_sealed(path.read_bytes()))
    return found


def _of_hosts(path: Path, read: Callable[[Path], str]) -> list[Declared]:
    """Return the variables inside a YAML inventory: `vars` of groups, and what stands below a host."""
    if path.suffix not in YAML_HOSTS:
        return []
    return [Declared(key, path, line) for _, group in _pairs(_mapping(read(path))) for key, line in _of_group(group)]


def _of_group(group: yaml.Node) -> Iterator[tuple[str, int]]:
    for name, node in _pairs(group):
        if name == "vars":
            yield from _keys(node)
        elif name == "hosts":
            for _, host in _pairs(node):
                yield from _keys(host)
        elif name == "children":
            for _, child in _pairs(node):
                yield from _of_group(child)


def _mapping(text: str) -> yaml.Node:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    return node if node is not None else yaml.MappingNode("tag:yaml.org,2002:map", [])


def _pairs(node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), value


def _keys(node: yaml.Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, _ in node.value:
            yield str(key.value), key.start_mark.line + 1
