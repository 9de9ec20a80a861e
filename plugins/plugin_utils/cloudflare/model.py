"""What the API gives back, as far as tunnels need it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

# The name that a tunnel has inside Cloudflare's DNS.
TUNNEL_DOMAIN = "cfargotunnel.com"


class Secret:
    """A text that can be used, but not shown: `repr`, `str`, JSON and YAML don't give it away."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return "[redacted]"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not to be serialised")


@dataclass(frozen=True)
class Zone:
    """A DNS zone and the account that owns it; ids are 32 hexadecimal digits."""

    id: str
    name: str
    account_id: str

    def holds(self, domain: str) -> bool:
        """Say whether a domain belongs to the zone."""
        return domain == self.name or domain.endswith(f".{self.name}")


@dataclass(frozen=True)
class Tunnel:
    """A named tunnel; `local` means that its ingress is a file on our host, not a page of the dashboard."""

    id: str
    name: str
    local: bool

    @property
    def target(self) -> str:
        """Where a DNS name has to point to lead into this tunnel."""
        return f"{self.id}.{TUNNEL_DOMAIN}"


@dataclass(frozen=True)
class DnsRecord:
    """One DNS record; `content` is the target of a CNAME."""

    id: str
    type: str
    name: str
    content: str
    proxied: bool
    comment: str = ""

    def leads_to(self, tunnel: Tunnel) -> bool:
        """Say whether the record is the proxied CNAME of this tunnel."""
        return self.type == "CNAME" and self.content == tunnel.target and self.proxied

    def __str__(self) -> str:
        return f"{self.type} {self.content}"


@dataclass(frozen=True)
class Access:
    """What cloudflared holds a visitor's pass against: the team that signs it, and the application it is for."""

    team: str
    audience: str

    def document(self) -> Mapping[str, str]:
        """Return it in the names of role cloudflared."""
        return {"team": self.team, "audience": self.audience}


@dataclass(frozen=True)
class Credentials:
    """What lets a host run the tunnel; the same three values as in a token, in the names of a credentials file."""

    account_id: str
    tunnel_id: str
    secret: Secret

    @classmethod
    def from_token(cls, token: Secret) -> Credentials:
        """Read a tunnel token: base64 of JSON with a (account), t (tunnel), s (secret).

        Raises:
            ValueError: the text is not such a token.
        """
        try:
            fields = json.loads(base64.b64decode(token.reveal(), validate=True))
            return cls(fields["a"], fields["t"], Secret(fields["s"]))
        except (binascii.Error, ValueError, KeyError, TypeError):
            raise ValueError("this is not a tunnel token (base64 of JSON with the keys a, t and s)") from None

    def document(self) -> Mapping[str, str]:
        """Return the content of cloudflared's credentials file, secret included."""
        return {"AccountTag": self.account_id, "TunnelID": self.tunnel_id, "TunnelSecret": self.secret.reveal()}
