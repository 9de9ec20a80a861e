"""The kit's own program on a host, for what starts without Ansible: timers, and commands in new containers.

It is made of `host_main` and all that it imports, wherever they are loaded from: so it always knows the records that
the engine writes, a deploy writes it without any transfer, and role `watch` the same one, byte for byte.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from . import files, host_main

PATH = Path("/usr/local/lib/slipway/slipway.pyz")
MAIN = "import sys\n\nfrom {module} import main\n\nsys.exit(main())\n"
# Above the package of this module: what is not below it is Python's own.
KIT = __package__.rpartition(".")[0]
IMPORT = re.compile(r"^[ \t]*from (\.*)([\w.]*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)
INIT = ".__init__"
EARLIEST = (1980, 1, 1, 0, 0, 0)


def install(path: Path | None = None) -> bool:
    """Write the program where it is not this one yet; tells whether it did."""
    content, path = packed(), path or PATH
    try:
        if hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(content).digest():
            return False
    except FileNotFoundError:
        files.folder(path.parent, mode=0o755)  # /usr/local/lib may be without it
    files.write(path, content, mode=0o644)
    return True


def packed() -> bytes:
    """Return the program as a zip that Python runs, the same bytes for the same modules."""
    names = needed(host_main.__name__)
    parents = {name.rpartition(".")[0] for name in names}
    parents |= {above for name in parents for above in _above(name)}
    entries = {f"{name.replace('.', '/')}/__init__.py": "" for name in parents if name}
    entries |= {f"{name.replace('.', '/')}.py": text for name, text in names.items()}
    entries["__main__.py"] = MAIN.format(module=host_main.__name__)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in sorted(entries.items()):
            archive.writestr(zipfile.ZipInfo(name, EARLIEST), text)
    return made.getvalue()


def needed(start: str) -> dict[str, str]:
    """Return the text of a module and of all that it imports of the kit, directly or not, by their full names.

    A package from which something is taken that is not a module of it counts as its `__init__`.
    """
    texts, left = dict[str, str](), [start]
    while left:
        name = left.pop()
        if name not in texts:
            texts[name] = _text(name.removesuffix(INIT))
            left += [each for base, names in imports(name, texts[name]) for each in _modules(base, names)]
    return texts


def imports(module: str, text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield what a module takes things from, by its full name, and the things; of the kit's own alone."""
    for dots, named, taken in IMPORT.findall(text):
        base = ".".join([*module.split(".")[: -len(dots)], *([named] if named else [])]) if dots else named
        if not f"{base}.".startswith(f"{KIT}."):
            continue
        listed = re.sub(r"#[^\n]*", "", taken).strip("() \n").split(",")
        yield base, [each.split()[0] for each in listed if each.strip()]


def _modules(base: str, names: list[str]) -> list[str]:
    spec = importlib.util.find_spec(base)
    if spec is None:
        return []
    if spec.submodule_search_locations is None:
        return [base]
    taken = (importlib.util.find_spec(f"{base}.{each}") or spec for each in names)
    return [each.name if each.submodule_search_locations is None else f"{each.name}{INIT}" for each in taken]


def _text(name: str) -> str:
    spec = importlib.util.find_spec(name)
    read = getattr(spec.loader, "get_source", None) if spec else None
    text: str | bytes | None = read(name) if read else None
    if text is None:
        raise ImportError(f"{name} has no text here, so the program can't be made of it", name=name)
    return text if isinstance(text, str) else text.decode()  # Ansible's own loader gives bytes


def _above(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]
