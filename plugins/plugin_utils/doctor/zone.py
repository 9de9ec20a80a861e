"""May an authority issue certificates for a name? What DNS says by CAA records (RFC 8659)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding

# The identifiers by which authorities know themselves, by the host of their ACME directory.
ISSUERS = {"letsencrypt.org": "letsencrypt.org", "zerossl.com": "sectigo.com", "pki.goog": "pki.goog"}


@dataclass(frozen=True)
class Caa:
    """One CAA record."""

    flags: int
    tag: str
    value: str


def issuer_of(directory: str) -> str:
    """Return the CAA identifier of an ACME directory's authority, empty for one that the kit does not know."""
    host = directory.partition("://")[2].split("/", 1)[0]
    return next((name for ending, name in ISSUERS.items() if host.endswith(ending)), "")


def relevant(name: str, lookup: Callable[[str], list[Caa]]) -> tuple[str, list[Caa]]:
    """Return the closest records on the way up to the root, and where they stand (RFC 8659, 3)."""
    labels = name.split(".")
    for at in range(len(labels)):
        parent = ".".join(labels[at:])
        if records := lookup(parent):
            return parent, records
    return "", []


def refusals(name: str, issuer: str, zone: str, records: Iterable[Caa]) -> list[Finding]:
    """Return a finding when the records forbid the authority to issue for the name."""
    permitted = [record.value.split(";", 1)[0].strip() for record in records if record.tag == "issue"]
    if not issuer or not permitted or issuer in permitted:
        return []
    shown = ", ".join(one or "nobody" for one in permitted)
    what = f"CAA records of {zone} let {shown} issue certificates, not {issuer}: renewals of {name} will be refused."
    command = f'add the record: {zone}. CAA 0 issue "{issuer}"'
    return [Finding("CAA_FORBIDS", what, f"DNS of {zone}", command)]
