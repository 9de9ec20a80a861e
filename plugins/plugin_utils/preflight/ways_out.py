"""Whom a host may tell: `slipway_watch` as preflight and role `watch` alike judge it."""

from __future__ import annotations

import re
from collections.abc import Mapping

# http:// stays on this host or in a private network: the address is a secret.
PRIVATE = r"localhost|127(?:\.\d+){3}|10(?:\.\d+){3}|192\.168(?:\.\d+){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2}"
ADDRESS = re.compile(rf"(?:https://|http://(?:{PRIVATE})(?::\d+)?(?:/|$))[^\s{{}}<>\"]*")
MAIL = re.compile(r"[^\s@<>{}]+@[^\s@<>{}]+")
SERVER = re.compile(r"[\w.-]+")
LONGEST_SCHEME = 12
KINDS = ("ntfy", "slack", "mattermost", "discord", "teams", "webhook", "email")


def faults(declared: Mapping[str, object]) -> list[str]:
    """Return a sentence for each part of `slipway_watch` that can't work; no secret is in one."""
    ways, heartbeat = declared.get("notify") or [], declared.get("heartbeat")
    if not ways and not heartbeat:
        return ["it names nobody who would be told: give it `notify`, `heartbeat` or both."]
    found = [("heartbeat", address(heartbeat))] if heartbeat else []
    for number, each in enumerate(ways if isinstance(ways, list) else []):
        kind = each.get("kind") if isinstance(each, Mapping) else None
        if kind not in KINDS:
            found.append((f"notify[{number}].kind", f"{kind!r} is not one of {', '.join(KINDS)}"))
            continue
        found.append((f"notify[{number}]", way(each)))
        if kind != "email" and each.get("url"):
            found.append((f"notify[{number}].url", address(each["url"])))
    return [f"{place}: {fault}." for place, fault in found if fault]


def address(value: object) -> str:
    """Refuse what no message can be posted to; the value is a secret."""
    text = str(value)
    if ADDRESS.fullmatch(text):
        return ""
    wanted = "https://..., or http://... of this host or a private network, without blanks and braces"
    scheme, found, _ = text.partition("://")
    has = f"begins with {scheme[:LONGEST_SCHEME]}://" if found else "has no scheme"
    return f"the address (a secret, not shown) {has} and would not work. Write {wanted}"


def way(value: object) -> str:
    """Refuse a way out that lacks what its kind needs."""
    if not isinstance(value, Mapping) or value.get("kind") is None:
        return ""  # refused as such
    if value["kind"] != "email":
        return "" if value.get("url") else f"kind {value['kind']} needs `url`"
    bad = [key for key in ("from", "to") if not MAIL.fullmatch(str(value.get(key) or ""))]
    if not SERVER.fullmatch(str(value.get("server") or "")):
        bad.insert(0, "server")
    if bad:
        return f"kind email needs `server`, `from` and `to`, each one name or address; {', '.join(bad)} is not"
    if bool(value.get("user")) != bool(value.get("password")):
        return "`user` and `password` belong together"
    if value.get("password") and value.get("security") == "none":
        return "the password would travel in clear: set `security` to starttls or tls"
    return ""
