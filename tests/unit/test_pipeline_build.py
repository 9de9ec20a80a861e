"""The build job of an app whose image comes ready-made: nothing to build, and the deploy job gets what is declared."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from slipway import cli
from slipway.pipeline import images

IMAGE = f"registry.example.com/shop@sha256:{'0' * 64}"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a repository whose inventory `production` declares one app with `image`."""
    app = {"name": "shop", "domains": ["shop.example.com"], "exposure": "public", "image": IMAGE}
    variables = tmp_path / "inventories/production/group_vars/all/main.yml"
    variables.parent.mkdir(parents=True)
    variables.write_text(yaml.safe_dump({"slipway_apps": [app]}))
    return tmp_path


def test_an_image_that_the_host_pulls_is_handed_on(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["pipeline", "build", "production", "--app", "shop", "--source", str(source)]) == 0
    assert capsys.readouterr().out == f"nothing to build: the host pulls what `image` names\n  {IMAGE}\n"
    [line] = (source / images.FOLDER / images.RECORD).read_text().splitlines()
    name, _, value = line.partition("=")
    assert images.fetch({name: value}, source / images.FOLDER) == IMAGE
