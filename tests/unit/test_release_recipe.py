"""What an image is built from: what the Dockerfile asks for, and nothing else is fetched."""

from __future__ import annotations

import io
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine, Image
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping import build, npm, wheels
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.image_request import ImageRequest, recipe_of, resolve

BASE = Image("sha256:base", "f", ("sha256:layer",), {}, 1, ("debian:13-slim",))


class Shelf(Engine):
    """An engine with one image."""

    def image(self, reference: str) -> Image | None:
        return BASE if reference in BASE.tags else None


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that wheels were fetched for."""
    folders: list[Path] = []

    def wheelhouse(folder: Path) -> tuple[Path, ...]:
        folders.append(folder)
        return (folder / "flask.whl",)

    monkeypatch.setattr(wheels, "wheelhouse", wheelhouse)
    return folders


DECLARED = {"name": "shop", "domains": ["shop.test"], "exposure": "lan", "build": "."}


def order(folder: Path, dockerfile: str) -> ImageRequest:
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "requirements.txt").write_text("flask\n")
    [app] = complete([DECLARED])
    return ImageRequest(app, folder)


def test_an_ordinary_dockerfile_is_built_as_it_is(tmp_path: Path, fetched: list[Path]) -> None:
    made = recipe_of(order(tmp_path, "FROM python:3.13-slim\nRUN pip install -r requirements.txt\n"), Shelf("/nowhere"))
    assert (made.base, made.base_name, made.context.wheels) == (None, "", ())
    assert fetched == []


def test_a_dockerfile_that_copies_wheels_gets_them(tmp_path: Path, fetched: list[Path]) -> None:
    made = recipe_of(order(tmp_path, "FROM debian\nCOPY wheelhouse /wheelhouse\n"), Shelf("/nowhere"))
    assert made.context.wheels == (tmp_path / "flask.whl",)


def test_a_dockerfile_that_copies_npm_packages_gets_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm, "npmhouse", lambda folder: (folder / "vue.tgz",))
    wanted = order(tmp_path, "FROM debian\nCOPY npmhouse ./npmhouse\n")
    (tmp_path / "vue.tgz").touch()
    made = recipe_of(wanted, Shelf("/nowhere"))
    with tarfile.open(fileobj=io.BytesIO(made.context.archive())) as packed:
        assert "npmhouse/vue.tgz" in packed.getnames()
    assert recipe_of(order(tmp_path, "FROM debian\n"), Shelf("/nowhere")).context.npm == ()


def test_a_dockerfile_that_leaves_its_base_open_gets_one(tmp_path: Path, fetched: list[Path]) -> None:
    made = recipe_of(order(tmp_path, "ARG BASE_IMAGE=debian:13-slim\nFROM $BASE_IMAGE\n"), Shelf("/nowhere"))
    assert (made.base, made.base_name) == (BASE, "debian:13-slim")


def test_the_revision_is_that_of_the_folder_that_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "local_engine", Shelf)
    kit, shop = tmp_path / "slipway", tmp_path / "shop"
    heads = {}
    for folder in (kit, shop):
        folder.mkdir()
        wanted = order(folder, f"FROM {folder.name}\n")
        git = ["git", "-C", str(folder), "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "Start"]):
            subprocess.run([*git, *words], check=True)
        asked = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
        heads[folder] = asked.stdout[:10]
    beside = replace(wanted, app=complete([{**DECLARED, "build": "../shop"}])[0], source=kit, check_mode=True)
    assert resolve(beside).revision == heads[shop]
