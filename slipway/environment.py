"""An environment: a folder in `inventories/`, and whatever else Ansible has to read for it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.places import INVENTORIES, KIT, project, rigs

DEMO = "demo"
EXAMPLE = "example"  # holds examples, and is none itself


@dataclass(frozen=True)
class Environment:
    """Its name, as commands take it, and the inventories that Ansible reads for it, in their order."""

    name: str
    sources: tuple[Path, ...]

    @property
    def folder(self) -> Path:
        """The inventory's own folder."""
        return self.sources[0]

    @property
    def source(self) -> Path:
        """The folder that `build` and `dockerfile` of its apps are relative to: the one that has `inventories/`."""
        return self.folder.parent.parent if self.folder.parent.name == INVENTORIES else project()

    def flags(self) -> list[str]:
        """Return the sources as Ansible's programs take them."""
        return [word for source in self.sources for word in ("-i", str(source))]


def known() -> list[str]:
    """Return the names of all environments of this project; the demo comes along with the kit."""
    folders = (project() / INVENTORIES).glob("*/hosts.yml")
    return sorted({DEMO, *(path.parent.name for path in folders if path.parent.name != EXAMPLE)})


def find(name: str) -> Environment:
    """Return the environment of this name.

    Raises:
        RefusalError: it is not a name, there is no such inventory, or the demo is not up.
    """
    folder = declared(name)
    if name != DEMO:
        return Environment(name, (folder,))
    rig = rigs() / DEMO / "inventory"
    if not rig.exists():
        raise RefusalError("the demo is not up", name, str(rig), "slipway demo")
    return Environment(name, (folder, rig))


def declared(name: str) -> Path:
    """Return the folder of an inventory, whether its hosts are up or not.

    Raises:
        RefusalError: it is not a name, or there is no such inventory.
    """
    listed = ", ".join(known())
    if not forms.ENVIRONMENT.fits(name):
        what = f"ENV is not {forms.ENVIRONMENT.words}; known: {listed}"
        raise RefusalError(what, forms.shown(name), "the command line", "slipway init production")
    own = project() / INVENTORIES / name
    folder = KIT / INVENTORIES / DEMO if name == DEMO and not own.is_dir() else own
    if not (folder / "hosts.yml").is_file():
        close = difflib.get_close_matches(name, known(), n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {listed}"
        raise RefusalError(
            f"there is no inventory of this name ({hint})", name, f"{own}/hosts.yml", f"slipway init {name}"
        )
    return folder


def given(sources: tuple[str, ...]) -> Environment:
    """Return the environment of inventories that were named by their paths; its name is the first one's."""
    paths = tuple(Path(source).absolute() for source in sources)
    return Environment(paths[0].name, paths)
