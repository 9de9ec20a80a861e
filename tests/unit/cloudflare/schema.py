"""The endpoints that the kit uses, as Cloudflare's public API description has them: queries, bodies, permissions.

Read from the types of the official Python client 5.x, which is generated from that description. A field that is not
here is unknown to the stand-in and refused, so that a misspelt one can't pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

HEX32 = r"(?P<{}>[0-9a-f]{{32}})"
UUID = r"(?P<tunnel>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
ACCOUNT = "/accounts/" + HEX32.format("account")
TUNNELS = ACCOUNT + "/cfd_tunnel"
RECORDS = "/zones/" + HEX32.format("zone") + "/dns_records"
APPS = ACCOUNT + "/access/apps"

ZONE_READ = "zone.read"
DNS_EDIT = "dns.edit"
TUNNEL_EDIT = "tunnel.edit"
ACCESS_EDIT = "access.edit"
ORGANIZATION_READ = "organization.read"
EVERYTHING = frozenset({ZONE_READ, DNS_EDIT, TUNNEL_EDIT, ACCESS_EDIT, ORGANIZATION_READ})

Types = dict[str, type | tuple[type, ...]]
PAGES: Types = {"page": str, "per_page": str}
TUNNEL_BODY: Types = {"name": str, "config_src": str, "tunnel_secret": str}
CNAME_BODY: Types = {
    "type": str,
    "name": str,
    "content": str,
    "ttl": int,
    "proxied": bool,
    "comment": str,
    "tags": list,
    "settings": dict,
    "private_routing": bool,
}
POLICY_BODY: Types = {
    "name": str,
    "decision": str,
    "include": list,
    "exclude": list,
    "require": list,
    "precedence": int,
    "session_duration": str,
    "isolation_required": bool,
    "approval_required": bool,
}
APP_BODY: Types = {
    "type": str,
    "name": str,
    "domain": str,
    "destinations": list,
    "session_duration": str,
    "policies": list,
    "app_launcher_visible": bool,
    "allowed_idps": list,
    "auto_redirect_to_identity": bool,
    "tags": list,
    "http_only_cookie_attribute": bool,
    "same_site_cookie_attribute": str,
    "enable_binding_cookie": bool,
}


@dataclass(frozen=True)
class Endpoint:
    method: str
    path: re.Pattern[str]
    operation: str
    permission: str
    query: Types = field(default_factory=dict)
    body: Types | None = None
    required: frozenset[str] = frozenset()


def _endpoint(method: str, path: str, operation: str, permission: str, **rest: object) -> Endpoint:
    return Endpoint(method, re.compile(path), operation, permission, **rest)  # type: ignore[arg-type]


TUNNEL_QUERY: Types = {
    **PAGES,
    "name": str,
    "is_deleted": str,
    "uuid": str,
    "status": str,
    "include_prefix": str,
    "exclude_prefix": str,
}
RECORD_QUERY: Types = {**PAGES, "name.exact": str, "type": str, "content.exact": str, "comment.exact": str}

ENDPOINTS = [
    _endpoint("GET", "/zones", "list_zones", ZONE_READ, query={**PAGES, "name": str, "status": str}),
    _endpoint("GET", TUNNELS, "list_tunnels", TUNNEL_EDIT, query=TUNNEL_QUERY),
    _endpoint("POST", TUNNELS, "create_tunnel", TUNNEL_EDIT, body=TUNNEL_BODY, required=frozenset({"name"})),
    _endpoint("GET", f"{TUNNELS}/{UUID}/token", "tunnel_token", TUNNEL_EDIT),
    _endpoint("DELETE", f"{TUNNELS}/{UUID}/connections", "close_connections", TUNNEL_EDIT, query={"client_id": str}),
    _endpoint("DELETE", f"{TUNNELS}/{UUID}", "delete_tunnel", TUNNEL_EDIT),
    _endpoint("GET", RECORDS, "list_records", DNS_EDIT, query=RECORD_QUERY),
    _endpoint("POST", RECORDS, "create_record", DNS_EDIT, body=CNAME_BODY, required=frozenset({"type", "name", "ttl"})),
    _endpoint("DELETE", f"{RECORDS}/{HEX32.format('record')}", "delete_record", DNS_EDIT),
    _endpoint("GET", f"{ACCOUNT}/access/organizations", "organization", ORGANIZATION_READ),
    _endpoint("GET", APPS, "list_apps", ACCESS_EDIT, query={**PAGES, "name": str, "exact": str, "domain": str}),
    _endpoint("POST", APPS, "create_app", ACCESS_EDIT, body=APP_BODY, required=frozenset({"type", "domain"})),
    _endpoint(
        "PUT", f"{APPS}/(?P<app>[0-9a-f-]+)", "update_app", ACCESS_EDIT, body=APP_BODY, required=frozenset({"type"})
    ),
    _endpoint("DELETE", f"{APPS}/(?P<app>[0-9a-f-]+)", "delete_app", ACCESS_EDIT),
]


def body_faults(endpoint: Endpoint, body: object) -> list[str]:
    """Return what the API description has against this body."""
    if endpoint.body is None:
        return [] if body is None else ["no body is wanted"]
    if not isinstance(body, dict):
        return ["a JSON object is wanted"]
    faults = _unlike(body, endpoint.body, "body")
    faults += [f"body.{name} is missing" for name in sorted(endpoint.required - body.keys())]
    for at, policy in enumerate(body.get("policies", []) if endpoint.body is APP_BODY else []):
        faults += _unlike(policy, POLICY_BODY, f"body.policies[{at}]")
        faults += [f"unknown rule {rule}" for rule in policy.get("include", []) if not _is_rule(rule)]
    for destination in body.get("destinations", []):
        faults += _unlike(destination, {"type": str, "uri": str}, "body.destinations")
    return faults


def _unlike(given: dict[str, object], known: Types, path: str) -> list[str]:
    faults = [f"{path}.{name} is unknown" for name in given if name not in known]
    for name, value in given.items():
        wanted = known.get(name)
        # bool is an int in Python, not in JSON.
        if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and wanted is int)):
            faults.append(f"{path}.{name} has the wrong type")
    return faults


def _is_rule(rule: dict[str, dict[str, str]]) -> bool:
    shape = {name: sorted(inner) for name, inner in rule.items()}
    return shape in ({"email": ["email"]}, {"email_domain": ["domain"]})
