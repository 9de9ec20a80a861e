"""Refuse an inventory that Ansible could not read: all of its files at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding, report
from ansible_collections.slipway.kit.plugins.plugin_utils.inventory_files import (
    all_files,
    is_sealed,
    readable_faults,
    variable_files,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.shown_path import quoted, shown_path
from ansible_collections.slipway.kit.plugins.plugin_utils.yaml_faults import faults
from slipway.environment import Environment
from slipway.places import KIT

VAULT_SHUT = "VAULT_SHUT"
"""The code of a vault that does not open."""
PASSWORD_VARIABLES = ("ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_IDENTITY_LIST")


class UnreadableError(RefusalError):
    """Files can't be read as they are; nothing was touched."""

    def __init__(self, findings: Sequence[Finding], what: str, environment: str = "") -> None:
        self.findings = tuple(findings)
        super().__init__(f"{what} is not in order; nothing was touched.\n\n{report(findings, environment)}")


def refuse_unreadable(environment: Environment, extra: Iterable[str] = ()) -> None:
    """Look at every file that a run reads before it comes to a host, but into no vault.

    Args:
        environment: whose.
        extra: words behind `-e`; `@file` names one more file of variables.

    Raises:
        UnreadableError: at least one is not YAML, not UTF-8, or has a key twice.
    """
    found: list[Finding] = []
    for source in environment.sources:
        found += readable_faults(all_files(source), source if source.is_dir() else source.parent)
    more = [Path(word[1:]) for word in extra if word.startswith("@") and Path(word[1:]).is_file()]
    found += readable_faults([*variable_files(KIT / "playbooks"), *more], KIT)
    if found:
        raise UnreadableError(found, f"what Ansible reads for {environment.name}", environment.name)


def refuse_vaults(environment: Environment, passwords: Iterable[Path] = (), *, others: bool = False) -> None:
    """Look into the vaults, after Ansible said that something can't be read: it does not say what.

    Args:
        environment: whose.
        passwords: files, beside the one that is kept for the environment.
        others: vaults that none of these opens are left out, since other passwords were meant for them.

    Raises:
        UnreadableError: a vault does not open, or its text is not in order.
    """
    # A fifth of a second, for what seldom happens.
    from ansible.parsing.vault import VaultLib, VaultSecret  # noqa: PLC0415

    from slipway.init.vault import password_file  # noqa: PLC0415

    folder = environment.folder
    kept = password_file(folder.name if folder.is_dir() else folder.parent.name)
    files = [path for path in (*passwords, kept) if path.is_file()]
    opener = VaultLib([("default", VaultSecret(path.read_bytes().strip())) for path in files])
    found: list[Finding] = []
    for path in (path for source in environment.sources for path in all_files(source)):
        raw = path.read_bytes()
        if not is_sealed(raw):
            continue
        try:
            text = opener.decrypt(raw)
        except Exception:
            found += [] if others else [_shut(path, kept, files)]
            continue
        found += faults(text, path, sealed=True)
    if found:
        raise UnreadableError(found, f"what Ansible reads for {environment.name}", environment.name)


def other_passwords(options: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Say whether a run has passwords of vaults from elsewhere than the file that is kept for the environment."""
    return any(word.startswith(("--vault", "--ask-vault", "-J")) for word in options) or any(
        environ.get(name) for name in PASSWORD_VARIABLES
    )


def _shut(path: Path, kept: Path, files: Sequence[Path]) -> Finding:
    if not files:
        what = f"The vault's password is not on this machine: {kept} does not exist."
        command = f"install -D -m 600 /dev/stdin {quoted(kept)}   # type the password, then Ctrl-D"
        return Finding(VAULT_SHUT, what, shown_path(path), command)
    named = " or ".join(str(file) for file in files)
    what = f"The vault does not open with the password in {named}: that is another vault's, or this one is damaged."
    return Finding(VAULT_SHUT, what, shown_path(path), f"git log -p -- {quoted(path)}   # did it change?")
