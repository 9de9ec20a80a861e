"""`make init`: what it asks, what it refuses, and what it writes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.slipway.kit.plugins.module_utils.release.secret_value import generate
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from slipway import vault_password
from slipway.init import files, hostkey, vault
from slipway.init.ask import gather, variables
from slipway.init.errors import InitError

GIVEN = {"HOST": "192.0.2.7", "DOMAIN": "box.example.com", "EMAIL": "me@example.com"}
ANSWERS = GIVEN | {
    "SSH_USER": "admin",
    "SSH_PORT": "2222",
    "SSH_KEY": "",
    "APP": "strongbox",
    "EXPOSURE": "public",
}
# Made for this test by `ssh-keygen -t ed25519`; the fingerprint is what `ssh-keygen -lf` prints for it.
KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIMT/G1C9wPwpRlWkEq0tksNbbbcjQ0z00IgisAJ/n7pY"
FINGERPRINT = "SHA256:vGMaXZQKpqkWJwzFCnhKc8R7GmMZCAe1priH+1TZUQU"
SCANNED = (
    f"# 192.0.2.7:22 SSH-2.0-OpenSSH\n192.0.2.7 ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==\n192.0.2.7 ssh-ed25519 {KEY}\n"
)


def plan(tmp_path: Path, **changes: str) -> files.Plan:
    return files.Plan("production", tmp_path / "inventories/production", ANSWERS | changes, "192.0.2.7 ssh-ed25519 x\n")


def test_what_is_given_is_not_asked_and_defaults_answer_the_rest() -> None:
    assert gather(GIVEN, None) == ANSWERS | {"SSH_USER": "root", "SSH_PORT": "22"}


def test_a_person_is_asked_again_until_the_answer_is_good() -> None:
    replies = iter(["not a host!", "192.0.2.7", "", "70000", "22", "", "", "Box_.com", "box.example.com", "", "me"])
    said: list[str] = []

    def prompt(_: str) -> str:
        return next(replies, "me@example.com")

    assert gather({}, prompt, said.append) == ANSWERS | {"SSH_USER": "root", "SSH_PORT": "22"}
    assert said == [
        "  'not a host!' is neither an IP address nor a host name.",
        "  '70000' is not a port from 1 to 65535.",
        "  'Box_.com' is not a domain in lower case.",
        "  'me' is not an e-mail address.",
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"HOST": "a b"}, "HOST: 'a b' is neither an IP address nor a host name."),
        ({"SSH_USER": "Root!"}, "SSH_USER: 'Root!' is not a user."),
        ({"SSH_KEY": "/nowhere/id"}, "SSH_KEY: there is no file '/nowhere/id'."),
        ({"EXPOSURE": "everyone"}, "EXPOSURE: 'everyone' is not one of public, lan, private."),
        (
            {"APP": "box", "SOURCE": "/nowhere"},
            "SOURCE: '/nowhere' is neither a folder with a Dockerfile nor an image pinned as name@sha256:...",
        ),
    ],
)
def test_a_bad_variable_is_refused_with_its_name(changes: dict[str, str], message: str) -> None:
    with pytest.raises(InitError) as refused:
        gather(GIVEN | changes, None)
    assert refused.value.finding.what == message


def test_a_missing_answer_with_nobody_to_ask_is_refused() -> None:
    with pytest.raises(InitError) as refused:
        gather({"HOST": "192.0.2.7"}, None)
    assert str(refused.value) == (
        "1. DOMAIN is not set (domain that visitors use), and there is no terminal to ask\n"
        "   on. [MISSING_ANSWER]\n"
        "   where   the command line\n"
        "   next    slipway init ENV ... --domain ..."
    )


def test_a_word_that_is_no_variable_is_refused() -> None:
    with pytest.raises(InitError, match="is not NAME=value"):
        variables(["DOMAIN=box.example.com", "192.0.2.7"])


def test_the_best_key_of_the_host_is_shown_first() -> None:
    keys = hostkey.parse(SCANNED)
    assert [key.kind for key in keys] == ["ssh-ed25519", "ssh-rsa"]
    assert keys[0].fingerprint == FINGERPRINT
    assert keys[0].line == f"192.0.2.7 ssh-ed25519 {KEY}"


def test_a_host_key_is_pinned_when_a_person_or_a_known_fingerprint_confirms_it() -> None:
    keys = hostkey.parse(SCANNED)
    shown = keys[0].fingerprint
    assert hostkey.confirmed(keys, None, "yes") == keys
    assert hostkey.confirmed(keys, None, shown) == keys
    assert hostkey.confirmed(keys, keys[1].fingerprint, None) == keys


@pytest.mark.parametrize(("expected", "answer"), [("SHA256:other", "yes"), (None, "no"), (None, ""), (None, None)])
def test_a_host_key_that_nobody_confirms_is_refused(expected: str | None, answer: str | None) -> None:
    with pytest.raises(InitError) as refused:
        hostkey.confirmed(hostkey.parse(SCANNED), expected, answer)
    assert refused.value.finding.code == "HOST_KEY"


def test_the_inventory_holds_an_app_that_the_schema_accepts(tmp_path: Path) -> None:
    tree = yaml.safe_load(files.render(plan(tmp_path))["group_vars/all/main.yml"])
    [app] = complete(tree["slipway_apps"])
    assert (app["name"], app["domains"], app["exposure"]) == ("strongbox", ["box.example.com"], "public")
    assert tree["slipway_secrets"]["strongbox"] == {
        "secret_key": "{{ vault_strongbox_secret_key }}",
        "kek": "{{ vault_strongbox_kek }}",
    }
    assert tree["caddy_email"] == "me@example.com"
    assert "ssh_allow_groups" not in tree


def test_the_inventory_reaches_the_host_as_asked_with_its_key_pinned(tmp_path: Path) -> None:
    text = files.render(plan(tmp_path))
    host = yaml.safe_load(text["hosts.yml"])["all"]["hosts"]["production"]
    assert (host["ansible_host"], host["ansible_port"], host["ansible_user"]) == ("192.0.2.7", 2222, "admin")
    assert "ansible_ssh_private_key_file" not in host
    assert host["ansible_ssh_common_args"] == (
        "-o 'UserKnownHostsFile=\"{{ inventory_dir }}/known_hosts\"' -o GlobalKnownHostsFile=/dev/null "
        "-o StrictHostKeyChecking=yes"
    )


@pytest.mark.parametrize(
    "source", ["../o'brien", "/srv/a # b", "/srv/a: b", '/srv/"x"', "/srv/[1]", "/srv/é\\n", "- x", "~"]
)
def test_what_was_said_is_what_is_written(tmp_path: Path, source: str) -> None:
    said = {"SOURCE": source, "SSH_KEY": f"/keys{source}", "EMAIL": "o'brien@x.ie", "APP": "no", "DOMAIN": "on"}
    written = files.render(files.Plan("yes", tmp_path, ANSWERS | said, "", ("1",)))
    main, hosts = yaml.safe_load(written["group_vars/all/main.yml"]), yaml.safe_load(written["hosts.yml"])
    [app] = main["slipway_apps"]
    assert (app["name"], app["domains"], app["build"]) == ("no", ["on"], source)
    assert (main["caddy_email"], main["ssh_allow_groups"]) == ("o'brien@x.ie", ["1"])
    assert hosts["all"]["hosts"]["yes"]["ansible_ssh_private_key_file"] == f"/keys{source}"


def test_an_image_of_ones_own_has_no_secrets_until_it_names_some(tmp_path: Path) -> None:
    source = f"registry.example.com/box@sha256:{'a' * 64}"
    tree = yaml.safe_load(files.render(plan(tmp_path, APP="box", SOURCE=source))["group_vars/all/main.yml"])
    assert complete(tree["slipway_apps"])[0]["image"] == source
    assert "slipway_secrets" not in tree


def test_a_user_outside_the_default_groups_is_let_in_by_his_own(tmp_path: Path) -> None:
    own = files.Plan("production", tmp_path, ANSWERS, "", ("deployers",))
    assert yaml.safe_load(files.render(own)["group_vars/all/main.yml"])["ssh_allow_groups"] == ["deployers"]


def test_secrets_are_new_each_time_and_of_the_form_that_their_reader_wants(tmp_path: Path) -> None:
    first, second = (yaml.safe_load(files.secret_values(plan(tmp_path))) for _ in range(2))
    assert first.keys() == {"vault_strongbox_secret_key", "vault_strongbox_kek"}
    assert not set(first.values()) & set(second.values())
    assert generate("kek").startswith("1:")
    assert len(generate("secret_key")) == 43


def test_the_vault_opens_with_its_password_only(tmp_path: Path) -> None:
    sealed = vault.encrypt("secret: 1\n", "right")
    assert sealed.startswith("$ANSIBLE_VAULT;")
    assert VaultLib([("default", VaultSecret(b"right"))]).decrypt(sealed) == b"secret: 1\n"
    with pytest.raises(AnsibleError):
        VaultLib([("default", VaultSecret(b"wrong"))]).decrypt(sealed)


def test_the_password_is_kept_private_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "slipway/production.vault-pass"
    first = vault.password(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert vault.password(path) == first


def test_an_inventory_is_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "inventories/production"
    files.write(folder, {"hosts.yml": "first\n"})
    with pytest.raises(InitError) as refused:
        files.write(folder, {"hosts.yml": "second\n"})
    assert refused.value.finding.what == f"{folder} exists; it is never overwritten."
    assert (folder / "hosts.yml").read_text() == "first\n"
    assert [path.name for path in folder.parent.iterdir()] == ["production"]


@pytest.mark.parametrize(
    ("words", "password"),
    [
        (["ansible-playbook", "-i", "inventories/production", "playbooks/site.yml"], "p"),
        (["ansible-vault", "edit", "/srv/inventories/staging/group_vars/all/vault.yml"], "s"),
        (["ansible-playbook", "--inventory=inventories/production/", "x"], "p"),
        (["ansible-playbook", "-i", "inventories/demo", "-i", ".rig/inventory"], vault_password.OPENS_NOTHING),
        (["ansible-playbook", "-i", "inventories/demo", "-i", "inventories/staging"], "s"),
    ],
)
def test_the_vault_of_the_inventory_at_hand_is_opened(tmp_path: Path, words: list[str], password: str) -> None:
    (tmp_path / "production.vault-pass").write_text("p\n")
    (tmp_path / "staging.vault-pass").write_text("s\n")
    assert vault_password.password(words, tmp_path) == password


def test_two_vaults_at_once_are_refused(tmp_path: Path) -> None:
    for name in ("production", "staging"):
        (tmp_path / f"{name}.vault-pass").write_text("x\n")
    with pytest.raises(ValueError, match="several vaults at once: production, staging"):
        vault_password.password(["-i", "inventories/production", "-i", "inventories/staging"], tmp_path)
