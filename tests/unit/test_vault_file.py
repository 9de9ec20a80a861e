"""Putting one secret into an encrypted variables file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.slipway.kit.plugins.plugin_utils.vault_file import (
    VaultFileError,
    entries,
    put_entry,
    with_entry,
)

VALUE = {"dev1": {"TunnelSecret": "c2VjcmV0"}}
LINE = 'vault_tunnel: {"dev1": {"TunnelSecret": "c2VjcmV0"}}\n'
# Every form that a dumper would write otherwise: comments, quotes, indented and long lines, text, an anchor.
LAYOUT = """\
---
# head
vault_a: &a "double"   # beside
vault_b:
    - 'single'
    -   {x:   1}

vault_c: |+
    -----BEGIN KEY-----
    # not a comment

vault_d: yes
vault_e: >-
  folded
  text
"""


@pytest.fixture
def cipher() -> VaultLib:
    return VaultLib([("default", VaultSecret(b"password"))])


@pytest.fixture
def vault(tmp_path: Path, cipher: VaultLib) -> Path:
    path = tmp_path / "vault.yml"
    path.write_bytes(cipher.encrypt(b"# Who knows why\nvault_key: a\n"))
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", LINE),
        ("vault_key: a\n", f"vault_key: a\n{LINE}"),
        ("vault_key: a", f"vault_key: a\n{LINE}"),
        ("vault_tunnel: {}\nvault_key: a\n", f"{LINE}vault_key: a\n"),
        (
            "vault_tunnel:\n  dev1:\n    x: y\n\n  dev2: z\n\n# about a\nvault_key: a\n",
            f"{LINE}\n# about a\nvault_key: a\n",
        ),
        ("vault_tunnel_old: b\n", f"vault_tunnel_old: b\n{LINE}"),
        ("# vault_tunnel: no\n", f"# vault_tunnel: no\n{LINE}"),
        ("vault_tunnel:\n- a\n- b\nvault_key: a\n", f"{LINE}vault_key: a\n"),
        ("vault_tunnel: |\n  # text\n\n  more\nvault_key: a\n", f"{LINE}vault_key: a\n"),
        ("vault_tunnel: {a: 1,\nb: 2}  # why\nvault_key: a\n", f"{LINE}vault_key: a\n"),
        ("\"vault_tunnel\": 'x'\nvault_key: a\n", f"{LINE}vault_key: a\n"),
        (f"{LAYOUT}vault_tunnel: *a\n# end\n", f"{LAYOUT}{LINE}# end\n"),
        ("vault_key: |\n  vault_tunnel: no\n", f"vault_key: |\n  vault_tunnel: no\n{LINE}"),
        ("vault_key:\n  vault_tunnel: no\n", f"vault_key:\n  vault_tunnel: no\n{LINE}"),
        ("---\nvault_key: a\n...\n", f"---\nvault_key: a\n{LINE}...\n"),
    ],
    ids=[
        *("empty", "appended", "no-newline", "in-place", "block", "longer-name", "comment", "list", "text", "flow"),
        *("quoted", "alias", "in a text", "nested", "document"),
    ],
)
def test_only_the_entry_changes(before: str, after: str) -> None:
    assert with_entry(before, "vault_tunnel", VALUE) == after


def test_an_entry_is_removed_without_a_trace() -> None:
    assert with_entry(f"a: 1\n{LINE}b: 2\n", "vault_tunnel", None) == "a: 1\nb: 2\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("vault_a: hidden\nvault_b: b\nvault_a: hidden\n", "line 3: a key that was there before"),
        ("vault_a: a\nvault_b:\n  c: 1\n  c: hidden\n", "line 4: a key that was there before"),
        ("vault_a: a\nvault_b: [hidden\n", "line 3: not valid YAML"),
        ("vault_a: a\nvault_b: *hidden\n", "line 2: not valid YAML"),
        ("vault_a: a\n---\nvault_b: hidden\n", "line 2: not valid YAML"),
        ("- hidden\n", "line 1: not a mapping"),
        ("hidden\n", "line 1: not a mapping"),
    ],
    ids=["twice", "nested twice", "open", "no anchor", "two documents", "list", "text"],
)
def test_a_text_that_is_not_one_mapping_is_refused_with_its_line(
    vault: Path, cipher: VaultLib, text: str, problem: str
) -> None:
    sealed = cipher.encrypt(text.encode())
    vault.write_bytes(sealed)
    for attempt in (lambda: put_entry(vault, "vault_tunnel", VALUE, cipher), lambda: entries(vault, cipher)):
        with pytest.raises(VaultFileError, match=problem) as refused:
            attempt()
        assert "hidden" not in str(refused.value)
        # Ansible shows the causes too.
        assert refused.value.__cause__ is None
        assert refused.value.__context__ is None or refused.value.__suppress_context__
    assert vault.read_bytes() == sealed


@pytest.mark.parametrize("text", ["vault_tunnel: &a {b: c}\nvault_key: *a\n", "{vault_key: a}\n", "  vault_key: a\n"])
def test_nothing_is_written_where_another_entry_would_change(vault: Path, cipher: VaultLib, text: str) -> None:
    sealed = cipher.encrypt(text.encode())
    vault.write_bytes(sealed)
    with pytest.raises(VaultFileError, match="nothing was written"):
        put_entry(vault, "vault_tunnel", VALUE, cipher)
    assert vault.read_bytes() == sealed


def test_the_file_stays_encrypted_private_and_readable(vault: Path, cipher: VaultLib) -> None:
    assert put_entry(vault, "vault_tunnel", VALUE, cipher) is True
    assert cipher.is_encrypted(vault.read_bytes())
    assert b"c2VjcmV0" not in vault.read_bytes()
    assert vault.stat().st_mode & 0o777 == 0o600
    assert cipher.decrypt(vault.read_bytes()).decode() == f"# Who knows why\nvault_key: a\n{LINE}"
    assert entries(vault, cipher) == {"vault_key": "a", "vault_tunnel": VALUE}
    assert list(vault.parent.iterdir()) == [vault]


def test_the_same_value_leaves_every_byte_alone(vault: Path, cipher: VaultLib) -> None:
    put_entry(vault, "vault_tunnel", VALUE, cipher)
    sealed = vault.read_bytes()
    assert put_entry(vault, "vault_tunnel", VALUE, cipher) is False
    assert vault.read_bytes() == sealed


def test_an_interrupted_write_leaves_the_old_file(
    vault: Path, cipher: VaultLib, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    sealed = vault.read_bytes()
    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        put_entry(vault, "vault_tunnel", VALUE, cipher)
    assert vault.read_bytes() == sealed
    assert list(vault.parent.iterdir()) == [vault]


def test_a_file_in_the_clear_is_refused_a_secret(tmp_path: Path, cipher: VaultLib) -> None:
    path = tmp_path / "vault.yml"
    path.write_text(yaml.safe_dump({"vault_key": "a"}))
    with pytest.raises(VaultFileError, match=r"is not encrypted.*ansible-vault encrypt .*vault\.yml"):
        put_entry(path, "vault_tunnel", VALUE, cipher)


def test_a_missing_file_is_explained(tmp_path: Path, cipher: VaultLib) -> None:
    with pytest.raises(VaultFileError, match=r"vault\.yml does not exist\. `slipway init ENV` writes it"):
        put_entry(tmp_path / "vault.yml", "vault_tunnel", VALUE, cipher)


def test_a_text_that_ansible_would_run_is_not_kept(vault: Path, cipher: VaultLib) -> None:
    before = vault.read_bytes()
    with pytest.raises(VaultFileError, match="vault_tunnel: a text of the value has "):
        put_entry(vault, "vault_tunnel", {"web1": {"id": "{{ lookup('pipe', 'id') }}"}}, cipher)
    assert vault.read_bytes() == before
