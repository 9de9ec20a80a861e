"""The kit's own program on a host, for what starts without Ansible: timers, and commands in new containers.

It is made of the very modules that run here now, wherever they were loaded from: so it always knows the records that
these write, and costs no transfer.
"""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from importlib.machinery import ModuleSpec
from pathlib import Path

from . import files, host_main

PATH = Path("/usr/local/lib/slipway/slipway.pyz")
MAIN = "import sys\n\nfrom {module} import main\n\nsys.exit(main())\n"
PACKAGES = tuple(
    ".".join([*__package__.split(".")[:-1], name]) for name in ("release", "backup", "config_tree", "folders")
)
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
    names = {name: text for package in PACKAGES for name, text in sources(package).items()}
    parents = {name.rpartition(".")[0] for name in names}
    parents |= {above for name in parents for above in _above(name)}
    parents |= names.keys() & set(PACKAGES)
    entries = {f"{name.replace('.', '/')}/__init__.py": names.get(name, "") for name in parents if name}
    entries |= {f"{name.replace('.', '/')}.py": text for name, text in names.items() if name not in parents}
    entries["__main__.py"] = MAIN.format(module=host_main.__name__)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in sorted(entries.items()):
            archive.writestr(zipfile.ZipInfo(name, EARLIEST), text)
    return made.getvalue()


def sources(package: str) -> dict[str, str]:
    """Return the text of a package and of all its modules that are loaded, by their full names."""
    texts = {}
    for name, module in sorted(sys.modules.items()):
        spec: ModuleSpec | None = getattr(module, "__spec__", None)
        if not f"{name}.".startswith(f"{package}.") or spec is None:
            continue
        read = getattr(spec.loader, "get_source", None)
        text = read(name) if read else None
        if text is not None:
            texts[name] = text
    return texts


def _above(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]
