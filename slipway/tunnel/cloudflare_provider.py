"""Provider cloudflare: a quick tunnel without an account; pure, save for asking the running program how it is."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

from .origin import Origin

ADDRESS = "127.0.0.1"
ASK_TIMEOUT_S = 1.0
# What cloudflared logs when it gets no tunnel; the service's own words follow in that line.
REFUSED = "Error unmarshaling QuickTunnel response"
# No answer at all, or Cloudflare's own that the tunnel is not connected.
NOBODY_THERE = (0, 530)
# What this command asks until it knows that the name answers is not a visitor: the last such question got through.
OWN_REQUESTS = 1
REQUESTS = re.compile(r"^cloudflared_tunnel_total_requests (\S+)$", re.MULTILINE)


def command(binary: Path, origin: Origin, metrics_port: int) -> list[str]:
    """Return the command line of a quick tunnel.

    HTTP/2 over TCP: a quick tunnel never falls back from QUIC by itself where UDP is blocked. The empty configuration
    keeps a file in the user's home from being read; updates are the pin's business.
    """
    line = [str(binary), "--config", "/dev/null", "--no-autoupdate", "tunnel", "--protocol", "http2"]
    line += ["--metrics", f"{ADDRESS}:{metrics_port}", "--retries", "0", "--url", origin.url]
    if origin.domain:
        line += ["--http-host-header", origin.domain, "--origin-server-name", origin.domain]
        line += ["--origin-ca-pool", origin.authority]
    return line


def url(metrics_port: int) -> str:
    """Return the public address, empty while there is none."""
    name = _json(metrics_port, "/quicktunnel").get("hostname")
    return f"https://{name}/" if name else ""


def state(metrics_port: int) -> str:
    """Return connections and requests in a few words."""
    connections = _json(metrics_port, "/ready").get("readyConnections", 0)
    return f"{counted(connections, 'connection')}, {counted(visits(_text(metrics_port, '/metrics')), 'request')}"


def visits(metrics: str) -> int:
    """Return how many requests of visitors cloudflared's metrics tell of."""
    total = REQUESTS.search(metrics)
    return max(int(float(total[1])) - OWN_REQUESTS, 0) if total else 0


def counted(number: object, thing: str) -> str:
    """Return a number with its thing, in the plural where it is one."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _text(port: int, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://{ADDRESS}:{port}{path}", timeout=ASK_TIMEOUT_S) as answer:
            return str(answer.read().decode(errors="replace"))
    except OSError:
        return ""


def _json(port: int, path: str) -> dict[str, object]:
    try:
        document = json.loads(_text(port, path))
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
