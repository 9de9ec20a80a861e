"""Ask a site as a visitor would: connect to an address, name the site, look at certificate and answer."""

from __future__ import annotations

import http.client
import socket
import ssl
from dataclasses import asdict, dataclass
from typing import cast

from ansible_collections.slipway.kit.plugins.module_utils.release.deadline import cut_after

TIMEOUT_S = 5.0
USER_AGENT = "slipway-verify"
HTTPS = 443
HTTP = 80
# RFC 2818: names of a certificate as `ssl` gives them: ((('commonName', 'x'),), ...)
Names = tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True)
class Answer:
    """What came back. `trouble` says why nothing did; then all else is empty."""

    name: str
    address: str
    port: int
    status: int = 0
    release: str = ""
    location: str = ""
    issuer: str = ""
    issued: float = 0.0
    expires: float = 0.0
    protocol: str = ""
    trouble: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the fields for JSON; `issued` and `expires` are Unix times."""
        return asdict(self)


def secure(address: str, name: str, roots: str = "", port: int = HTTPS) -> Answer:
    """Visit https://name/ at an address.

    Args:
        address: IP address or host name to connect to.
        name: sent as SNI and Host, and wanted in the certificate.
        roots: PEM file of the only authorities to trust; empty means the system's.
        port: TCP port.
    """
    try:
        context = ssl.create_default_context(cafile=roots or None)
        with (
            socket.create_connection((address, port), TIMEOUT_S) as opened,
            cut_after(TIMEOUT_S, opened),
            context.wrap_socket(opened, server_hostname=name) as secured,
        ):
            certificate = secured.getpeercert() or {}
            status, headers = _ask(secured, name)
            return Answer(
                name,
                address,
                port,
                status,
                headers.get("X-Release", ""),
                headers.get("Location", ""),
                _common_name(cast("Names", certificate.get("issuer", ()))),
                ssl.cert_time_to_seconds(str(certificate["notBefore"])),
                ssl.cert_time_to_seconds(str(certificate["notAfter"])),
                secured.version() or "",
            )
    except ssl.SSLCertVerificationError as error:
        return Answer(name, address, port, trouble=f"certificate not trusted: {error.verify_message}")
    except (OSError, http.client.HTTPException) as error:
        return Answer(name, address, port, trouble=reason(error))


def plain(address: str, name: str, port: int = HTTP) -> Answer:
    """Visit http://name/ at an address."""
    try:
        with socket.create_connection((address, port), TIMEOUT_S) as opened, cut_after(TIMEOUT_S, opened):
            status, headers = _ask(opened, name)
    except (OSError, http.client.HTTPException) as error:
        return Answer(name, address, port, trouble=reason(error))
    return Answer(name, address, port, status, headers.get("X-Release", ""), headers.get("Location", ""))


def reason(error: Exception) -> str:
    """Return why a visit failed, in the words a person would search for."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or str(error)).lower().replace('_', ' ')}"
    return str(error) or type(error).__name__


def _ask(opened: socket.socket, name: str) -> tuple[int, http.client.HTTPMessage]:
    request = f"GET / HTTP/1.1\r\nHost: {name}\r\nUser-Agent: {USER_AGENT}\r\nConnection: close\r\n\r\n"
    opened.sendall(request.encode("ascii"))
    answer = http.client.HTTPResponse(opened, method="GET")
    answer.begin()
    return answer.status, answer.headers


def _common_name(names: Names) -> str:
    pairs = {key: value for part in names for key, value in part}
    return pairs.get("commonName") or pairs.get("organizationName", "")
