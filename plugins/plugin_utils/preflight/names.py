"""Do the apps' names lead to the host? Decided from addresses that others looked up."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding

from .apps import Place

# RFC 2606, 6761, 6762, 8375 and ICANN's `internal`: no public resolver ever answers for these.
PRIVATE_ENDINGS = ("test", "example", "invalid", "localhost", "local", "internal", "home.arpa", "lan")
# Where somebody else's address is meant to answer, DNS can't be compared with the host.
COMPARED = {"public", "lan"}


@dataclass(frozen=True)
class Lookup:
    """What is known about one name: as the control machine resolves it, and as the host does."""

    name: str
    app: str
    exposure: str
    here: tuple[str, ...] = ()
    there: tuple[str, ...] = ()


def wrong_names(host: str, lookups: list[Lookup], own: set[str], place: Place) -> list[Finding]:
    """Return a finding for each name that leads elsewhere or nowhere.

    Args:
        host: name of the host in the inventory.
        lookups: one a domain.
        own: every address by which the host is known: its interfaces' and where Ansible connects to.
        place: tells where a domain of an app is declared.
    """
    found = []
    for lookup in lookups:
        if lookup.exposure in COMPARED and (
            finding := _judge(host, lookup, own, place(lookup.app, "domains", lookup.name))
        ):
            found.append(finding)
    return found


def _judge(host: str, lookup: Lookup, own: set[str], place: str) -> Finding | None:
    known = set(lookup.here) or {address for address in lookup.there if not ipaddress.ip_address(address).is_loopback}
    if known and known <= own:
        return None
    shown = ", ".join(sorted(known))
    mine = ", ".join(sorted(own)) or "unknown"
    where = f"DNS of {lookup.name}, or `domains` of app {lookup.app} ({place})"
    if known & own:
        what = f"{lookup.name} leads to {shown}; of these, {', '.join(sorted(known - own))} is not {host} ({mine})."
        return Finding("DNS_PARTLY", what, where, f"dig +short {lookup.name} A {lookup.name} AAAA", "warning")
    if known:
        what = f"{lookup.name} leads to {shown}, not to {host} ({mine}): no certificate could be obtained."
        return Finding("DNS_ELSEWHERE", what, where, f"dig +short {lookup.name} A {lookup.name} AAAA")
    if lookup.name.endswith(tuple(f".{ending}" for ending in PRIVATE_ENDINGS)) or lookup.exposure == "lan":
        what = f"Whether {lookup.name} leads to {host} can't be known from here: it is not a public name."
        return Finding("DNS_UNKNOWABLE", what, where, f"getent hosts {lookup.name}   # where visitors are", "warning")
    what = f"{lookup.name} does not resolve; it must lead to {host} ({mine}) before a certificate can be obtained."
    return Finding("DNS_MISSING", what, where, f"dig +short {lookup.name} A {lookup.name} AAAA")
