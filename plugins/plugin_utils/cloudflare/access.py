"""Cloudflare Access in front of the tunnel: who may see a site that is not for everyone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from .errors import CloudflareUnavailableError, RequestRefusedError
from .model import Access
from .transport import Call, Json, Transport

ACCESS_EDIT = "Account · Access: Apps and Policies · Edit"
ORGANIZATION_READ = "Account · Access: Organizations, Identity Providers, and Groups · Read"
TEAM_DOMAIN = ".cloudflareaccess.com"
SESSION_DURATION = "24h"
NOT_FOUND = 404
PAGE = "100"


class AccessApps:
    """The Access application that guards all names of one tunnel.

    Args:
        transport: the API with a token.
        account_id: 32 hexadecimal digits.
        tunnel_name: the application is found again by it.
    """

    def __init__(self, transport: Transport, account_id: str, tunnel_name: str) -> None:
        self._transport = transport
        self._organization = f"/accounts/{account_id}/access/organizations"
        self._path = f"/accounts/{account_id}/access/apps"
        self._name = f"slipway {tunnel_name}"

    def ensure(self, domains: Sequence[str], allowed: Sequence[str]) -> bool:
        """Let only `allowed` through to `domains`; return whether that took a change.

        Args:
            domains: public names, at least one.
            allowed: e-mail addresses (`ann@example.com`) and e-mail domains (`example.com`), at least one.
        """
        wanted = self._document(domains, allowed)
        existing = self._find()
        if existing is None:
            self._make(wanted)
            return True
        if _essence(existing) == _essence(wanted):
            return False
        path = f"{self._path}/{existing['id']}"
        self._transport.send(Call("PUT", path, f"change the Access application {self._name}", ACCESS_EDIT, body=wanted))
        return True

    def access(self) -> Access:
        """Return what the host needs to verify by itself that a request was let in; `ensure` comes first."""
        guard = cast(Json, self._find())
        call = Call("GET", self._organization, "read the name of the Access team", ORGANIZATION_READ)
        domain = str(cast(Json, self._transport.send(call))["auth_domain"])
        return Access(domain.removesuffix(TEAM_DOMAIN), str(guard["aud"]))

    def remove(self) -> bool:
        """Delete the application and return whether there was one."""
        existing = self._find()
        if existing is None:
            return False
        path = f"{self._path}/{existing['id']}"
        try:
            self._transport.send(Call("DELETE", path, f"delete the Access application {self._name}", ACCESS_EDIT))
        except RequestRefusedError as refusal:
            if refusal.status != NOT_FOUND:
                raise
        return True

    def _find(self) -> Json | None:
        query = {"name": self._name, "exact": "true", "per_page": PAGE}
        call = Call("GET", self._path, f"look up the Access application {self._name}", ACCESS_EDIT, query=query)
        for found in cast("list[Json]", self._transport.send(call)):
            if found.get("name") == self._name:
                return found
        return None

    def _make(self, wanted: Json) -> None:
        action = f"create the Access application {self._name}"
        try:
            self._transport.send(Call("POST", self._path, action, ACCESS_EDIT, body=wanted, repeatable=False))
        except CloudflareUnavailableError:
            if self._find() is None:
                raise

    def _document(self, domains: Sequence[str], allowed: Sequence[str]) -> Json:
        rules = [{"email": {"email": who}} if "@" in who else {"email_domain": {"domain": who}} for who in allowed]
        return {
            "type": "self_hosted",
            "name": self._name,
            "domain": domains[0],
            "destinations": [{"type": "public", "uri": domain} for domain in domains],
            "session_duration": SESSION_DURATION,
            "app_launcher_visible": False,
            "policies": [{"name": self._name, "decision": "allow", "include": rules, "precedence": 1}],
        }


def _essence(app: Json) -> object:
    """What decides who gets in where, in an order of its own: the rest is the API's decoration."""
    policies = cast("list[Json]", app.get("policies") or [])
    return (
        sorted(str(one.get("uri")) for one in cast("list[Json]", app.get("destinations") or [])),
        [(one.get("decision"), sorted(map(str, cast("list[Json]", one.get("include") or [])))) for one in policies],
    )
