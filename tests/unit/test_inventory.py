"""An inventory is read as Ansible reads it, whichever of its ordinary forms it has."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import NoHostError, RefusalError
from slipway import cli
from slipway.environment import Environment
from slipway.inventory import Inventory, Target, read, read_without_vault

HOSTS = "all: {hosts: {web1: {ansible_host: 192.0.2.1, ansible_user: admin}, web2: {}}}\n"
APP = "{name: shop, domains: [shop.example.com], exposure: public, build: shop}"
# Each is ordinary Ansible for the same app: the files of an inventory.
FORMS: dict[str, dict[str, str]] = {
    "main.yml": {"hosts.yml": HOSTS, "group_vars/all/main.yml": f"slipway_apps: [{APP}]\n"},
    "another file": {"hosts.yml": HOSTS, "group_vars/all/apps.yml": f"slipway_apps: [{APP}]\n"},
    "one file for the group": {"hosts.yml": HOSTS, "group_vars/all.yml": f"slipway_apps: [{APP}]\n"},
    "in hosts.yml": {"hosts.yml": f"all: {{hosts: {{web1: {{}}}}, vars: {{slipway_apps: [{APP}]}}}}\n"},
    "of one host": {"hosts.yml": HOSTS, "host_vars/web2.yml": f"slipway_apps: [{APP}]\n"},
    "of a group": {
        "hosts.yml": "all: {children: {shops: {hosts: {web1: {}}}}}\n",
        "group_vars/shops.yml": f"slipway_apps: [{APP}]\n",
    },
    "templates": {
        "hosts.yml": HOSTS,
        "group_vars/all/main.yml": "zone: example.com\n"
        "slipway_apps: [{name: shop, domains: ['shop.{{ zone }}'], exposure: public, build: shop}]\n",
    },
    "JSON": {
        "hosts.yml": HOSTS,
        "group_vars/all/apps.json": '{"slipway_apps": [' + APP.replace("shop,", "shop ,") + "]}",
    },
    "an inventory of INI": {
        "hosts": "web1 ansible_host=192.0.2.1\n",
        "group_vars/all/a.yml": f"slipway_apps: [{APP}]\n",
    },
}


def written(folder: Path, files: dict[str, str]) -> Environment:
    for name, text in files.items():
        path = folder / "inventories" / "production" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Environment("production", (folder / "inventories" / "production",))


@pytest.mark.parametrize("files", FORMS.values(), ids=FORMS)
def test_every_ordinary_form_declares_the_same_app(files: dict[str, str], tmp_path: Path) -> None:
    app = read_without_vault(written(tmp_path, files)).completed("shop")
    assert (app["domains"], app["build"], app["port"]) == (["shop.example.com"], "shop", 8000)


def test_hosts_come_with_address_user_port_and_ssh_arguments_their_templates_filled_in(tmp_path: Path) -> None:
    args = "ansible_ssh_common_args: '-J jump -o UserKnownHostsFile={{ inventory_dir }}/known_hosts'"
    there = written(
        tmp_path, {"hosts.yml": f"all: {{hosts: {{web1: {{ansible_host: 192.0.2.1, ansible_port: 2222, {args}}}}}}}"}
    )
    pinned = f"UserKnownHostsFile={there.folder}/known_hosts"
    expected = (Target("web1", "192.0.2.1", "root", 2222, ("-J", "jump", "-o", pinned)),)
    assert read(there).targets == expected
    assert read_without_vault(there).targets == expected  # which reads a copy


def test_the_vault_opens_with_its_password_and_is_not_needed_for_what_is_not_secret(tmp_path: Path) -> None:
    sealed = VaultLib([("default", VaultSecret(b"right"))]).encrypt("vault_token: hunter2").decode()
    app = "{name: shop, domains: [shop.example.com], exposure: public, build: shop, env: {TOKEN: '{{ vault_token }}'}}"
    there = written(
        tmp_path,
        {"hosts.yml": HOSTS, "group_vars/all/vault.yml": sealed, "group_vars/all/main.yml": f"slipway_apps: [{app}]\n"},
    )
    (tmp_path / "password").write_text("right\n")
    (tmp_path / "wrong").write_text("wrong\n")
    assert token(read(there, [tmp_path / "password"])) == "hunter2"
    assert token(read_without_vault(there)) not in ("", "hunter2")
    with pytest.raises(RefusalError, match="does not open with the password in"):
        read(there, [tmp_path / "wrong"])


def token(found: Inventory) -> object:
    env = found.app("shop")["env"]
    assert isinstance(env, dict)
    return env["TOKEN"]


def test_an_inventory_that_ansible_refuses_is_refused_with_its_words(tmp_path: Path) -> None:
    there = written(tmp_path, {"hosts.yml": "all: {hosts: [web1]}\n"})
    with pytest.raises(RefusalError, match="Ansible can't read the inventory"):
        read(there)


def test_an_inventory_without_hosts_still_declares_its_apps(tmp_path: Path) -> None:
    found = read(
        written(tmp_path, {"hosts.yml": "all: {hosts: {}}\n", "group_vars/all/a.yml": f"slipway_apps: [{APP}]\n"})
    )
    assert found.app("shop")["build"] == "shop"
    with pytest.raises(NoHostError, match="names no host"):
        found.some_host()


@pytest.mark.parametrize("files", [FORMS["another file"], FORMS["templates"]], ids=["another file", "templates"])
def test_commands_that_need_no_host_read_it_too(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["image", "build", "production", "shpo"]) == 2
    assert "shpo; declared: shop" in capsys.readouterr().err
    assert cli.main(["local", "up", "--env", "production", "--name", "shpo"]) == 2
    assert "shpo; declared: shop" in capsys.readouterr().err
