"""What the control machine needs to build an image."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine, Image
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.build import client, recipe
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.context import open_context
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.errors import ShippingError


def test_a_machine_without_dockers_client_is_told_which_package_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ShippingError, match=r"`docker`.* is not on this machine.\n.*apt-get install docker-cli"):
        client(["build"])


class Store(Engine):
    """A stand-in for an engine: it has the images that are asked for, and no others."""

    def __init__(self, *names: str) -> None:
        super().__init__("/nowhere")
        self.names = names

    def image(self, reference: str) -> Image | None:
        return Image(f"sha256:{reference}", "f", (), {}, 1, ()) if reference in self.names else None


@pytest.mark.parametrize(
    ("dockerfile", "asked", "base"),
    [
        ("ARG BASE_IMAGE=debian:13-slim\nFROM ${BASE_IMAGE}\n", "", "debian:13-slim"),
        ("ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n", "", "debian:13-slim"),
        ("ARG BASE_IMAGE=python:3.13\nFROM ${BASE_IMAGE}\n", "", ""),
        ("ARG BASE_IMAGE=python:3.13\nFROM ${BASE_IMAGE}\n", "mine:1", "mine:1"),
        ("ARG PYTHON_BASE_IMAGE=python:3.13\nFROM ${PYTHON_BASE_IMAGE}\n", "mine:1", ""),
        ("FROM debian\n# ARG BASE_IMAGE=debian:13-slim\n", "", ""),
    ],
)
def test_the_base_is_the_kits_only_where_the_dockerfile_leaves_it_open(
    dockerfile: str, asked: str, base: str, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(dockerfile)
    made = recipe(Store("debian:13-slim", "mine:1"), "shop", open_context(tmp_path, ".", None), asked)
    assert made.base_name == base
