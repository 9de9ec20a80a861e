"""A vault that can't be read is named with its line, and no word of its text is shown."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import REFUSED
from slipway import cli, legible
from slipway.environment import Environment
from slipway.init import vault
from slipway.legible import UnreadableError

VAULT = "inventories/production/group_vars/all/vault.yml"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An inventory without a vault yet, in the folder where the command is typed."""
    folder = tmp_path / "inventories" / "production"
    (folder / "group_vars" / "all").mkdir(parents=True)
    (folder / "hosts.yml").write_text("all: {hosts: {web1: {ansible_host: 127.0.0.1, ansible_port: 1}}}\n")
    (folder / "group_vars" / "all" / "main.yml").write_text("slipway_apps: []\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Environment("production", (folder,))


SEALED = {
    "a tab": (
        b"vault_a: hunter2\n\tvault_b: hunter3\n",
        "A tab indents the line, and YAML is indented by spaces only",
        2,
    ),
    "twice": (
        b"vault_a: hunter2\nvault_a: hunter3\n",
        "The key `vault_a` is there twice, first in line 1: Ansible would take the last",
        2,
    ),
    "Latin-1": (b"a: 1\nvault_a: hunter2\xfc\n", "The text in this vault is not UTF-8 (byte 0xfc)", 2),
}


def seal(environment: Environment, text: bytes) -> None:
    """Write a vault, and its password where it is kept."""
    secret = vault.password(vault.password_file("production"))
    sealed = VaultLib([("default", VaultSecret(secret.encode()))]).encrypt(text)
    (environment.folder / "group_vars" / "all" / "vault.yml").write_bytes(sealed)


@pytest.mark.parametrize(("text", "what", "line"), SEALED.values(), ids=SEALED)
def test_a_vault_with_a_broken_text_is_named_and_no_word_of_it_is_shown(
    text: bytes, what: str, line: int, environment: Environment
) -> None:
    seal(environment, text)
    legible.refuse_unreadable(environment)  # which opens no vault
    with pytest.raises(UnreadableError) as caught:
        legible.refuse_vaults(environment)
    [finding] = caught.value.findings
    assert (finding.what, finding.where, finding.command) == (
        f"{what}.",
        f"{VAULT}:{line}",
        f"ansible-vault edit {VAULT}",
    )
    assert "hunter" not in str(caught.value)


def test_a_vault_that_does_not_open_is_named_with_where_its_password_is_expected(environment: Environment) -> None:
    seal(environment, b"vault_a: x\n")
    kept = vault.password_file("production")
    kept.write_text("another\n")
    with pytest.raises(UnreadableError) as caught:
        legible.refuse_vaults(environment)
    [finding] = caught.value.findings
    assert finding.code == legible.VAULT_SHUT
    assert finding.what.startswith(f"The vault does not open with the password in {kept}: ")
    kept.unlink()
    with pytest.raises(UnreadableError) as caught:
        legible.refuse_vaults(environment)
    [finding] = caught.value.findings
    assert finding.what == f"The vault's password is not on this machine: {kept} does not exist."
    assert str(kept.relative_to(Path.cwd())) in shlex.split(finding.command, comments=True)
    legible.refuse_vaults(environment, others=True)  # somebody has the password elsewhere


def test_a_run_that_ansible_refused_ends_with_what_is_wrong_in_the_vault(
    environment: Environment, capfd: pytest.CaptureFixture[str]
) -> None:
    seal(environment, b"vault_a: x\n\tvault_b: hunter2\n")
    for verb in ("provision", "status"):
        assert cli.main([verb, "production"]) == REFUSED
        printed = " ".join(capfd.readouterr().err.split())
        assert "A tab indents the line, and YAML is indented by spaces only. [BAD_YAML]" in printed
        assert f"where {VAULT}:2 next ansible-vault edit" in printed
        assert "hunter2" not in printed


def test_preflight_says_which_key_a_vault_has_twice(
    environment: Environment, capfd: pytest.CaptureFixture[str]
) -> None:
    seal(environment, b"vault_a: hunter2\nvault_a: hunter3\n")
    assert cli.main(["preflight", "production"]) == REFUSED
    printed = " ".join(capfd.readouterr().out.split())
    assert "The key `vault_a` is there twice, first in line 1" in printed
    assert "hunter" not in printed
