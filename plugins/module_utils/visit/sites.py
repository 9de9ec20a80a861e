"""Judge what visitors of a site got. Pure: probes are made elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..findings.finding import Finding
from ..release import certificates
from .web import Answer

DAY_S = 86400
# Caddy renews when a third of a certificate's life is left; below a quarter it has tried for long without success.
OVERDUE_SHARE = 0.25
SERVER_ERROR = 500
MAINTENANCE = 503
REDIRECTS = {301, 302, 307, 308}


@dataclass(frozen=True)
class Site:
    """An app under one of its names, and what is live on the host."""

    host: str
    app: str
    name: str
    exposure: str
    release: str = ""
    maintenance: bool = False
    certificate_missing: str = ""  # since when and why, where it waits for its first one
    leads_to: str = ""  # the name to which this one only leads


def sites_of(host: str, apps: Iterable[Mapping[str, Any]], told: Mapping[str, Any]) -> list[Site]:
    """Return the sites of apps, with what the topics `releases` and `certificates` of the host's report say of them."""
    found = []
    for app in apps:
        state = told["releases"]["apps"].get(app["name"], {})
        live, hidden = state.get("release", ""), bool(state.get("maintenance"))
        for name in app["names"]:
            missing = certificates.missing(told["certificates"]["waiting"], [name])
            leads_to = "" if name in app["domains"] else str(app["domains"][0])
            release = "" if leads_to else live
            found.append(Site(host, app["name"], name, app["exposure"], release, hidden, missing, leads_to))
    return found


def judge_secure(site: Site, answer: Answer, now: float | None = None) -> list[Finding]:
    """Return what is wrong with the HTTPS answer: trust, expiry, status, release."""
    url = f"https://{site.name}/"
    if answer.trouble:
        what = f"{url} does not answer as it should: {answer.trouble}."
        if site.certificate_missing:
            what += f" Certificate of {site.certificate_missing}."
        code = "CERTIFICATE" if site.certificate_missing or "certificate" in answer.trouble else "HTTPS"
        return [Finding(code, what, f"app {site.app} on {site.host}", _journal(site))]
    found = []
    left_s = answer.expires - (time.time() if now is None else now)
    if left_s < OVERDUE_SHARE * (answer.expires - answer.issued):
        ends = f"ends in {left_s / DAY_S:.1f} days"
        what = f"The certificate of {site.name} (by {answer.issuer}) {ends}; its renewal is overdue."
        found.append(Finding("CERTIFICATE_EXPIRY", what, f"Caddy on {site.host}", _journal(site), "warning"))
    if site.leads_to and not _leads(answer, site.leads_to):
        what = f"{url} does not lead to https://{site.leads_to}/, it answers: {answer.status} {answer.location}".strip()
        found.append(Finding("REDIRECT", f"{what}.", f"app {site.app} on {site.host}", _journal(site)))
    if answer.status >= SERVER_ERROR and not (site.maintenance and answer.status == MAINTENANCE):
        what = f"{url} answers {answer.status}."
        found.append(Finding("STATUS", what, f"app {site.app} on {site.host}", "slipway logs ENV"))
    if site.release and answer.release != site.release:
        told = f"release {answer.release}" if answer.release else "no release"
        what = f"{url} answers with {told}; live on {site.host} is release {site.release}."
        found.append(Finding("RELEASE", what, f"app {site.app} on {site.host}", "slipway status ENV"))
    return found


def judge_redirect(site: Site, answer: Answer) -> list[Finding]:
    """Return a finding when plain HTTP gets anything else than a redirect to HTTPS."""
    expected = site.leads_to or site.name
    if _leads(answer, expected):
        return []
    told = answer.trouble or f"{answer.status} {answer.location}".strip()
    what = f"http://{site.name}/ does not redirect to https://{expected}/, it answers: {told}."
    return [Finding("REDIRECT", what, f"app {site.app} on {site.host}", _journal(site))]


def _leads(answer: Answer, name: str) -> bool:
    return answer.status in REDIRECTS and answer.location.startswith(f"https://{name}")


def _journal(site: Site) -> str:
    return f"sudo journalctl -u caddy -u caddy-certificates -n 50   # on {site.host}"
