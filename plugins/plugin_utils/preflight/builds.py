"""What this machine needs to build the images: the folders and Dockerfiles that are named, and an engine."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import DockerError, Engine
from ansible_collections.slipway.kit.plugins.module_utils.release.process import MAIN
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from ansible_collections.slipway.kit.plugins.plugin_utils.kit import ROOT

from .apps import Place

App = Mapping[str, object]


def missing(apps: Iterable[App], project: Callable[[App], Path], place: Place) -> list[Finding]:
    """Return a finding for each build context or Dockerfile that is not there, with the nearest name that is.

    Args:
        apps: completed, those whose images are built.
        project: returns the folder that an app's paths are relative to.
        place: tells where a key of an app stands.
    """
    found = []
    for app in apps:
        for process, image in _built(app):
            base = ROOT if image.get("of_the_kit") else project(app)
            whose = f"App {app['name']}" + (f", image of {process}" if process != MAIN else "")
            folder = base / str(image["build"])
            recipe = base / str(image["dockerfile"]) if image["dockerfile"] else folder / "Dockerfile"
            for path, key, there in ((folder, "build", folder.is_dir()), (recipe, "dockerfile", recipe.is_file())):
                if not there:
                    what = f"{whose}: `{key}` leads to {path}, which is not there{_near(path)}."
                    found.append(
                        Finding("BUILD_MISSING", what, place(str(app["name"]), key), f"ls -a {_existing(path)}")
                    )
                    break
    return found


def builds_any(app: App) -> bool:
    """Whether an image of the app is built on this machine."""
    return bool(_built(app))


def _built(app: App) -> list[tuple[str, Mapping[str, object]]]:
    images = app["images"]
    known = images.items() if isinstance(images, Mapping) else ()
    return [(str(name), image) for name, image in known if image["build"]]


def builder(engine: Engine, apps: Iterable[App]) -> list[Finding]:
    """Return a finding where images are to be built and no engine answers on this machine."""
    names = ", ".join(str(app["name"]) for app in apps)
    try:
        if names:
            _ = engine.api
    except DockerError:
        what = f"No Docker engine answers at {engine.socket_path} on this machine, which builds the image of {names}."
        where = "the control machine, not the host"
        return [Finding("NO_BUILDER", what, where, "docker info   # here; sudo systemctl start docker starts it")]
    return []


def _existing(path: Path) -> Path:
    return next(folder for folder in path.absolute().parents if folder.is_dir())


def _near(path: Path) -> str:
    """Return a hint at an entry beside the first missing part of a path whose name is like it."""
    above = _existing(path)
    wanted = path.absolute().relative_to(above).parts[0]
    close = difflib.get_close_matches(wanted, [entry.name for entry in above.iterdir()], n=1)
    return f" (did you mean `{close[0]}`?)" if close else ""
