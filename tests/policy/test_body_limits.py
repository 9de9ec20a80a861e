"""Caddy and the reference app agree on how large a body may be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from slipway.init.files import EMBEDDED
from tests.policy.conftest import ROOT

APP = ROOT / "app/src/strongbox"
INVENTORIES = sorted(ROOT.glob("inventories/**/group_vars/all/main.yml"))


def whole_number(path: Path, pattern: str) -> int:
    source = path.read_text()
    found = re.search(pattern, source, re.MULTILINE)
    assert found, source
    return int(found[1])


def taken_in_mib() -> int:
    """Return what Strongbox takes in of any body, by its defaults."""
    beside = whole_number(APP / "bodies.py", r"^BESIDE_A_COPY_MIB = (\d+)$")
    return whole_number(APP / "vault/ceiling.py", r"^    mib: int = (\d+)$") + beside


def test_strongbox_takes_in_all_that_caddy_passes_on_so_that_its_refusal_arrives() -> None:
    assert EMBEDDED["max_body_mib"] == taken_in_mib()


@pytest.mark.parametrize("path", INVENTORIES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_inventory_lets_pass_what_strongbox_takes_in(path: Path) -> None:
    apps = {app["name"]: app for app in yaml.safe_load(path.read_text()).get("slipway_apps", [])}
    assert "strongbox" in apps
    assert apps["strongbox"]["max_body_mib"] == taken_in_mib()
