"""An inventory without its vault, for those who must not open it: a copy whose `vault_*` values are made up."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ansible_collections.slipway.kit.plugins.module_utils.release.secret_value import generate

NAME = re.compile(r"\bvault_\w+")
SEALED = b"$ANSIBLE_VAULT"
# A single value that is encrypted inside a readable file.
SEALED_VALUE = re.compile(r"!vault\s*\|[-+]?[ \t]*\n(?:[ \t]+(?:\$ANSIBLE_VAULT;\S+|[0-9a-f]{2,})[ \t]*(?:\n|\Z))+")
MADE_UP = "made-up.yml"


@contextmanager
def without_vault(inventory: Path) -> Iterator[Path]:
    """Give a copy of an inventory folder that needs no password; it is gone afterwards.

    A file that is called a vault is neither copied nor opened; of any other encrypted one the first bytes are read.
    Each `vault_*` that the readable files name gets a new value of the form that its name asks for.
    """
    with TemporaryDirectory(prefix="slipway-") as scratch:
        copy = Path(scratch) / inventory.name
        shutil.copytree(inventory, copy, ignore=_sealed)
        named: set[str] = set()
        for path in filter(Path.is_file, copy.rglob("*")):
            text = path.read_text(errors="replace")
            named.update(NAME.findall(text))
            if SEALED_VALUE.search(text):
                path.write_text(SEALED_VALUE.sub(lambda _: f'"{generate("")}"\n', text))
        # A source beside the others, since a folder `group_vars/all` would hide a file `group_vars/all.yml`.
        (copy / MADE_UP).write_text(json.dumps({"all": {"vars": {name: generate(name) for name in sorted(named)}}}))
        yield copy


def _sealed(folder: str, names: Sequence[str]) -> list[str]:
    return [name for name in names if Path(name).stem.endswith("vault") or _is_sealed(Path(folder, name))]


def _is_sealed(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(SEALED)) == SEALED
