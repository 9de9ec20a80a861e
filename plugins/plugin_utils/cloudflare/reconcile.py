"""From what is wanted to what is there: one named tunnel with its guard and its names, made or removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .access import AccessApps
from .api import Cloudflare
from .errors import CloudflareError
from .model import Access, Credentials, Tunnel, Zone
from .transport import Transport


@dataclass(frozen=True)
class Wanted:
    """A tunnel as declared.

    `domains` are public names in `zone`; `allowed` are e-mail addresses and domains that may visit, empty for
    everybody; `force` replaces DNS records that lead elsewhere.
    """

    name: str
    zone: str
    domains: Sequence[str]
    allowed: Sequence[str] = ()
    force: bool = False


@dataclass
class Outcome:
    """What was done (or would be), one sentence each; nothing done is nothing said."""

    tunnel_id: str = ""
    credentials: Credentials | None = None
    access: Access | None = None
    done: list[str] = field(default_factory=list)


def bring_up(transport: Transport, wanted: Wanted, *, check: bool = False) -> Outcome:
    """Make what is missing, the guard before the names, so that nothing is public by accident.

    Args:
        transport: the API with a token.
        wanted: the declaration.
        check: only say what is missing.

    Raises:
        CloudflareError: a name outside the zone, or whatever the API has against it. Running again goes on from there.
    """
    cloudflare = Cloudflare(transport)
    zone = _zone(cloudflare, wanted)
    if check:
        return _missing(cloudflare, zone, wanted)
    tunnel, made = cloudflare.ensure_tunnel(zone.account_id, wanted.name)
    outcome = Outcome(tunnel.id, cloudflare.credentials(zone.account_id, tunnel))
    if made:
        outcome.done.append(f"created the tunnel {tunnel.name}")
    guard = AccessApps(transport, zone.account_id, wanted.name)
    if wanted.allowed:
        if guard.ensure(wanted.domains, wanted.allowed):
            outcome.done.append(f"let only {', '.join(wanted.allowed)} in")
        outcome.access = guard.access()
    for name in wanted.domains:
        if cloudflare.ensure_record(zone, name, tunnel, force=wanted.force):
            outcome.done.append(f"led {name} into the tunnel")
    if not wanted.allowed and guard.remove():
        outcome.done.append("let everybody in")
    return outcome


def take_down(transport: Transport, wanted: Wanted, *, check: bool = False) -> Outcome:
    """Remove the names, the guard and the tunnel, in this order; what is gone already is not an error."""
    cloudflare = Cloudflare(transport)
    zone = _zone(cloudflare, wanted)
    tunnel = cloudflare.find_tunnel(zone.account_id, wanted.name)
    outcome = Outcome(tunnel.id if tunnel else "")
    if tunnel and check:
        outcome.done.append(f"remove the tunnel {tunnel.name}")
    elif tunnel:
        removed = cloudflare.remove_records(zone, wanted.domains, tunnel)
        outcome.done += [f"removed the DNS record {name}" for name in removed]
        cloudflare.delete_tunnel(zone.account_id, tunnel)
        outcome.done.append(f"deleted the tunnel {tunnel.name}")
    if not check and AccessApps(transport, zone.account_id, wanted.name).remove():
        outcome.done.append("removed the Access application")
    return outcome


def _zone(cloudflare: Cloudflare, wanted: Wanted) -> Zone:
    zone = cloudflare.zone(wanted.zone)
    outside = [name for name in wanted.domains if not zone.holds(name)]
    if outside:
        raise CloudflareError(
            f"{', '.join(outside)}: not in the zone {zone.name}. Change `domains` of the app in `slipway_apps`, or "
            "`tunnel_zone`."
        )
    return zone


def _missing(cloudflare: Cloudflare, zone: Zone, wanted: Wanted) -> Outcome:
    tunnel = cloudflare.find_tunnel(zone.account_id, wanted.name)
    if tunnel is None:
        return Outcome(done=[f"create the tunnel {wanted.name}", *(f"lead {name} into it" for name in wanted.domains)])
    missing = [name for name in wanted.domains if not _leads(cloudflare, zone, name, tunnel)]
    return Outcome(tunnel.id, done=[f"lead {name} into the tunnel" for name in missing])


def _leads(cloudflare: Cloudflare, zone: Zone, name: str, tunnel: Tunnel) -> bool:
    return any(record.leads_to(tunnel) for record in cloudflare.records(zone, name))
