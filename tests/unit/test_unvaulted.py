"""Whoever may not open a vault reads the inventory all the same, with values that are made up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from slipway.init import vault
from slipway.unvaulted import without_vault

MAIN = """slipway_secrets:
  shop: {kek: "{{ vault_shop_kek }}", token: "{{ vault_shop_token }}"}
inline: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  3131
  3232
after: {mapping: kept}
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """An inventory with an encrypted file under another name, and a vault that fails whoever opens it."""
    folder = tmp_path / "staging"
    (folder / "group_vars" / "all").mkdir(parents=True)
    (folder / "host_vars").mkdir()
    (folder / "hosts.yml").write_text("all: {hosts: {web1: {}}}\n")
    (folder / "group_vars" / "all" / "main.yml").write_text(MAIN)
    (folder / "group_vars" / "all" / "vault.yml").symlink_to(tmp_path / "not-there")
    (folder / "host_vars" / "web1.yml").write_text(vault.encrypt("vault_shop_token: real\n", "password"))
    return folder


def variables_of(folder: Path) -> dict[str, object]:
    program = Path(sys.executable).with_name("ansible-inventory")
    done = subprocess.run([program, "-i", folder, "--host", "web1"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_an_inventory_is_read_without_its_vault(inventory: Path) -> None:
    with without_vault(inventory) as copy:
        found = variables_of(copy)
        assert copy.name == inventory.name
    assert not copy.exists()
    assert found["after"] == {"mapping": "kept"}
    assert str(found["vault_shop_kek"]).startswith("1:")
    assert len(str(found["vault_shop_token"])) == 43
    assert "ANSIBLE_VAULT" not in str(found["inline"])


def test_what_is_made_up_is_new_each_time(inventory: Path) -> None:
    with without_vault(inventory) as one, without_vault(inventory) as other:
        assert (one / "made-up.yml").read_text() != (other / "made-up.yml").read_text()
