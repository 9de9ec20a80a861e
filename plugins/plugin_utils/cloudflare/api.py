"""Zones, tunnels and DNS records; every change is find first, then make, so that it can be run again."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from typing import cast

from .errors import (
    CloudflareError,
    CloudflareUnavailableError,
    RecordTakenError,
    RequestRefusedError,
    TunnelUnusableError,
)
from .model import Credentials, DnsRecord, Secret, Tunnel, Zone
from .transport import Call, Json, Transport

ZONE_READ = "Zone · Zone · Read"
DNS_EDIT = "Zone · DNS · Edit"
TUNNEL_EDIT = "Account · Cloudflare Tunnel · Edit"
# The API wants at least 32 bytes.
SECRET_BYTES = 32
AUTOMATIC_TTL = 1
NOT_FOUND = 404
# A DNS name has few records; this is far above and still one page.
PAGE = "100"


class Cloudflare:
    """The API with one token; see https://developers.cloudflare.com/api/ for the endpoints."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def zone(self, name: str) -> Zone:
        """Return the zone of that name.

        Raises:
            CloudflareError: the token sees no such zone.
        """
        call = Call("GET", "/zones", f"look up the zone {name}", ZONE_READ, query={"name": name})
        found = cast("list[Json]", self._transport.send(call))
        if not found:
            raise CloudflareError(
                f"The API token sees no zone `{name}`. Either `tunnel_zone` is misspelt, or the token was made for "
                f"other zones, or it lacks the permission `{ZONE_READ}`."
            )
        return Zone(str(found[0]["id"]), name, str(cast(Json, found[0]["account"])["id"]))

    def find_tunnel(self, account_id: str, name: str) -> Tunnel | None:
        """Return the tunnel of that name that is not deleted, if there is one."""
        call = Call(
            "GET",
            f"/accounts/{account_id}/cfd_tunnel",
            f"look up the tunnel {name}",
            TUNNEL_EDIT,
            query={"name": name, "is_deleted": "false", "per_page": PAGE},
        )
        # The filter of the API is a prefix for some resources: compare again.
        for found in cast("list[Json]", self._transport.send(call)):
            if found["name"] == name:
                return _tunnel(found)
        return None

    def ensure_tunnel(self, account_id: str, name: str) -> tuple[Tunnel, bool]:
        """Return the tunnel of that name, made if need be, and whether it was made.

        Raises:
            TunnelUnusableError: it exists and its ingress is managed in the dashboard, which would overrule our file.
        """
        tunnel = self.find_tunnel(account_id, name)
        if tunnel is None:
            return self._make_tunnel(account_id, name), True
        if not tunnel.local:
            raise TunnelUnusableError(
                f"The tunnel `{name}` is managed in Cloudflare's dashboard, so its ingress there would overrule the "
                "file on your host. Choose another `tunnel_name`, or delete that tunnel, then run the same command."
            )
        return tunnel, False

    def _make_tunnel(self, account_id: str, name: str) -> Tunnel:
        secret = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        call = Call(
            "POST",
            f"/accounts/{account_id}/cfd_tunnel",
            f"create the tunnel {name}",
            TUNNEL_EDIT,
            body={"name": name, "config_src": "local", "tunnel_secret": secret},
            repeatable=False,
        )
        try:
            return _tunnel(cast(Json, self._transport.send(call)))
        except CloudflareUnavailableError:
            # The answer was lost, perhaps not the request: it is ours if it is there now.
            tunnel = self.find_tunnel(account_id, name)
            if tunnel is None:
                raise
            return tunnel

    def credentials(self, account_id: str, tunnel: Tunnel) -> Credentials:
        """Return what a host needs to run the tunnel, whoever made it."""
        call = Call(
            "GET",
            f"/accounts/{account_id}/cfd_tunnel/{tunnel.id}/token",
            f"read the credentials of the tunnel {tunnel.name}",
            TUNNEL_EDIT,
        )
        return Credentials.from_token(Secret(str(self._transport.send(call))))

    def delete_tunnel(self, account_id: str, tunnel: Tunnel) -> None:
        """Delete the tunnel and what Cloudflare still remembers of its connections."""
        path = f"/accounts/{account_id}/cfd_tunnel/{tunnel.id}"
        for part, action in (("/connections", "close the connections of"), ("", "delete")):
            call = Call("DELETE", path + part, f"{action} the tunnel {tunnel.name}", TUNNEL_EDIT)
            try:
                self._transport.send(call)
            except RequestRefusedError as refusal:
                if refusal.status != NOT_FOUND:
                    raise

    def records(self, zone: Zone, name: str) -> list[DnsRecord]:
        """Return the records of exactly that name."""
        query = {"name.exact": name, "per_page": PAGE}
        path = f"/zones/{zone.id}/dns_records"
        call = Call("GET", path, f"read the DNS records of {name}", DNS_EDIT, query=query)
        return [_record(found) for found in cast("list[Json]", self._transport.send(call))]

    def ensure_record(self, zone: Zone, name: str, tunnel: Tunnel, *, force: bool = False) -> bool:
        """Let `name` lead into the tunnel and return whether that took a change.

        A record with our comment is ours, wherever it leads: the tunnel it led to was deleted and made again.

        Raises:
            RecordTakenError: the name leads elsewhere and `force` is not given.
        """
        existing = [record for record in self.records(zone, name) if record.type in {"A", "AAAA", "CNAME"}]
        if [record.leads_to(tunnel) for record in existing] == [True]:
            return False
        ours = _comment(tunnel)
        foreign = [record for record in existing if record.content != tunnel.target and record.comment != ours]
        if foreign and not force:
            raise RecordTakenError(name, ", ".join(map(str, foreign)))
        for record in existing:
            self._delete_record(zone, record)
        call = Call(
            "POST",
            f"/zones/{zone.id}/dns_records",
            f"create the DNS record {name}",
            DNS_EDIT,
            body={
                "type": "CNAME",
                "name": name,
                "content": tunnel.target,
                "proxied": True,
                "ttl": AUTOMATIC_TTL,
                "comment": _comment(tunnel),
            },
            repeatable=False,
        )
        try:
            self._transport.send(call)
        except CloudflareUnavailableError:
            if not any(record.leads_to(tunnel) for record in self.records(zone, name)):
                raise
        return True

    def remove_records(self, zone: Zone, names: Sequence[str], tunnel: Tunnel) -> list[str]:
        """Delete the records of these names that lead into this tunnel, no others; return the names."""
        removed = []
        for name in names:
            for record in self.records(zone, name):
                if record.type == "CNAME" and record.content == tunnel.target:
                    self._delete_record(zone, record)
                    removed.append(name)
        return removed

    def _delete_record(self, zone: Zone, record: DnsRecord) -> None:
        path = f"/zones/{zone.id}/dns_records/{record.id}"
        call = Call("DELETE", path, f"delete the DNS record {record.name} ({record})", DNS_EDIT)
        try:
            self._transport.send(call)
        except RequestRefusedError as refusal:
            if refusal.status != NOT_FOUND:
                raise


def _tunnel(found: Json) -> Tunnel:
    # Tunnels made before `config_src` existed have only `remote_config`.
    local = found.get("config_src", "local") == "local" and not found.get("remote_config")
    return Tunnel(str(found["id"]), str(found["name"]), local)


def _record(found: Json) -> DnsRecord:
    return DnsRecord(
        str(found["id"]),
        str(found["type"]),
        str(found["name"]),
        str(found.get("content", "")),
        bool(found.get("proxied")),
        str(found.get("comment") or ""),
    )


def _comment(tunnel: Tunnel) -> str:
    return f"slipway tunnel {tunnel.name}"
