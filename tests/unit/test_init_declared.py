"""`slipway init` in an inventory that declares its apps, as `slipway new` makes it: host and secrets are added."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from slipway.init import hostkey, login, vault
from slipway.init.errors import InitError
from slipway.init.run import run

from .test_init import FINGERPRINT, SCANNED

MAIN = """slipway_apps:
  - name: web-shop
    domains: [shop.test]
    secrets: [jwt_key]
    processes:
      worker: {secrets: [jwt_key, mail_password]}
      beat: {like: worker}
"""
GIVEN = {"HOST": "192.0.2.7", "EMAIL": "me@example.com", "HOST_KEY": FINGERPRINT}


@pytest.fixture
def inventories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an environment that declares an app; its host answers."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(hostkey, "scan", lambda *_: hostkey.parse(SCANNED))
    monkeypatch.setattr(login, "groups", lambda *_: ("root",))
    declare(tmp_path / "inventories", MAIN)
    return tmp_path / "inventories"


def declare(inventories: Path, text: str) -> None:
    main = inventories / "production/group_vars/all/main.yml"
    main.parent.mkdir(parents=True, exist_ok=True)
    main.write_text(text)


def quiet(_text: str) -> None:
    pass


def test_the_host_and_every_secret_are_added_beside_what_is_declared(inventories: Path) -> None:
    folder = run("production", inventories, GIVEN, None, quiet)
    assert (folder / "group_vars/all/main.yml").read_text() == MAIN
    hosts = yaml.safe_load((folder / "hosts.yml").read_text())["all"]["hosts"]
    assert hosts["production"]["ansible_host"] == "192.0.2.7"
    assert yaml.safe_load((folder / "group_vars/all/host.yml").read_text()) == {"caddy_email": "me@example.com"}
    secret = vault.password(vault.password_file("production")).encode()
    opened = VaultLib([("default", VaultSecret(secret))]).decrypt((folder / "group_vars/all/vault.yml").read_text())
    assert yaml.safe_load(opened).keys() == {"vault_web_shop_jwt_key", "vault_web_shop_mail_password"}
    assert sorted(path.name for path in folder.iterdir()) == ["group_vars", "hosts.yml", "known_hosts"]


def test_it_is_asked_about_the_host_only(inventories: Path) -> None:
    asked: list[str] = []

    def prompt(words: str) -> str:
        asked.append(words.partition(" (")[0].partition(" [")[0].removesuffix(": "))
        return {"Address": "192.0.2.7", "E-mail": "me@example.com"}.get(asked[-1].split()[0], "")

    run("production", inventories, {"HOST_KEY": FINGERPRINT}, prompt, quiet)
    assert asked == [
        "Address or name of the host",
        "SSH user",
        "SSH port",
        "Private key file",
        "E-mail for certificate notices",
    ]


def test_an_answer_that_the_inventory_gives_already_is_refused(inventories: Path) -> None:
    with pytest.raises(InitError, match="APP, DOMAIN: this inventory declares its apps already"):
        run("production", inventories, {**GIVEN, "APP": "shop", "DOMAIN": "x.test"}, None, quiet)
    assert not (inventories / "production/hosts.yml").exists()


def test_what_was_interrupted_is_done_again(inventories: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def die(path: Path, target: Path) -> Path:
        if target.name == "hosts.yml":
            raise KeyboardInterrupt
        return replace(path, target)

    with monkeypatch.context() as changed:
        changed.setattr(Path, "replace", die)
        with pytest.raises(KeyboardInterrupt):
            run("production", inventories, GIVEN, None, quiet)
    made = inventories / "production"
    assert (made / "group_vars/all/vault.yml").exists(), "the host comes last: until then this is not an environment"
    assert not (made / "hosts.yml").exists()
    run("production", inventories, GIVEN, None, quiet)
    with pytest.raises(InitError, match="it is never overwritten"):
        run("production", inventories, GIVEN, None, quiet)


@pytest.mark.parametrize(
    "text", ["slipway_apps: 7", "slipway_apps: [7]", "x: 1", "a: [", "slipway_apps: [{secrets: [x]}]"]
)
def test_apps_that_can_not_be_read_are_refused(inventories: Path, text: str) -> None:
    declare(inventories, text)
    with pytest.raises(InitError, match="can't be read"):
        run("production", inventories, GIVEN, None, quiet)
    assert [path.name for path in (inventories / "production").iterdir()] == ["group_vars"]
