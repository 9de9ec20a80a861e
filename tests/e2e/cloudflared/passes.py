"""A team of Cloudflare Access: it signs the passes that visitors carry, and publishes by which key they can be told."""

from __future__ import annotations

import base64
import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from slipway.rig.keys import certified
from tests.e2e.tunnel.shown import listening

from .namespace import Namespace

ADDRESS = "127.0.0.2"  # Caddy has port 443 of the usual one
KEY_ID = "tests"
LIFETIME_S = 600


@dataclass(frozen=True)
class Team:
    """Signs for one team; its form is that of JSON Web Tokens (RFC 7519) with RS256."""

    name: str
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    @property
    def domain(self) -> str:
        """Where it publishes its keys."""
        return f"{self.name}.cloudflareaccess.com"

    def sign(self, audience: str) -> str:
        """Return a pass for the site with that audience tag."""
        header = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}
        now = int(time.time())
        claims = {"iss": f"https://{self.domain}", "aud": [audience], "iat": now, "exp": now + LIFETIME_S}
        signed = ".".join(_text(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{_text(self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def published(self) -> bytes:
        """Return its public key as it stands at `/cdn-cgi/access/certs`."""
        public = self.key.public_key().public_numbers()
        numbers = {name: _text(value.to_bytes((value.bit_length() + 7) // 8)) for name, value in _named(public)}
        return json.dumps({"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": KEY_ID, **numbers}]}).encode()

    @contextmanager
    def publishing(self, namespace: Namespace, folder: Path) -> Iterator[Path]:
        """Publish the key while the context is open; gives the authority to believe, a PEM file."""
        server, authority = certified(self.domain)
        (folder / "team.pem").write_text(server.public + server.private)
        (folder / "team-ca.pem").write_text(authority)
        with namespace.entered():
            site = ThreadingHTTPServer((ADDRESS, 443), _handler(self.published()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "team.pem")
        site.socket = context.wrap_socket(site.socket, server_side=True)
        with listening(site):
            yield folder / "team-ca.pem"


def _handler(published: bytes) -> type[BaseHTTPRequestHandler]:
    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(published)

        def log_message(self, *_: object) -> None:
            pass

    return Keys


def _named(public: rsa.RSAPublicNumbers) -> list[tuple[str, int]]:
    return [("n", public.n), ("e", public.e)]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
