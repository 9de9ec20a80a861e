"""Caddy, asked from the host: which release answers, how many requests are on a slot, how well it answers."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import time
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from .app import App, Slot
from .errors import CheckError
from .unix_http import ask

PAUSE_S = 0.1
DRAIN_PAUSE_S = 0.05
# How Caddy lists the upstream of apps that can't overlap: all of them together.
PORT_FROM_FILE = "127.0.0.1:{live_port}"


@dataclass(frozen=True)
class Front:
    """How the front is reached: its admin socket, the folder of access logs, and its HTTPS port on loopback."""

    admin_socket: Path
    logs: Path
    port: int = 443
    tls: bool = True

    def release_seen(self, app: App, path: str, timeout_s: float = 5.0) -> tuple[int, str, str]:
        """Ask like a visitor, over a new connection: status (0: none), header X-Release, and the problem if any.

        The certificate is not judged here (the first one may still be on its way); `verify` does that from outside.
        """
        try:
            connection = self._connection(app.domains[0], timeout_s)
        except OSError as error:
            return 0, "", str(error)
        try:
            connection.request("GET", path, headers={"Host": app.domains[0], "User-Agent": "slipway-check"})
            answer = connection.getresponse()
            return answer.status, answer.getheader("X-Release", ""), ""
        except (OSError, HTTPException) as error:
            return 0, "", str(error) or type(error).__name__
        finally:
            connection.close()

    def certificate(self, name: str) -> bytes | None:
        """Return the certificate (DER) that visitors of a name are shown, None where there is none."""
        try:
            connection = self._connection(name, timeout_s=5)
        except OSError:
            return None
        try:
            return connection.sock.getpeercert(binary_form=True) if isinstance(connection.sock, ssl.SSLSocket) else None
        finally:
            connection.close()

    def wait_for(self, app: App, release: str, timeout_s: float) -> None:
        """Return when visitors get this release.

        Raises:
            CheckError: they do not within `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            status, seen, problem = self.release_seen(app, app.readiness_path)
            if seen == release:
                return
            if time.monotonic() >= deadline:
                answer = problem or f"status {status}, X-Release {seen or 'missing'}"
                raise CheckError(
                    f"{app.name}: Caddy does not answer with the new release {release} on https://{app.domains[0]}"
                    f"{app.readiness_path} within {timeout_s:.0f} s ({answer}).",
                    fix="`journalctl -u caddy -n 50` on the host; `make provision` writes the site again",
                )
            time.sleep(PAUSE_S)

    def requests_on(self, app: App, slot: Slot) -> int | None:
        """Return how many requests Caddy has on a slot right now, None where it can't be asked."""
        try:
            answer = ask(str(self.admin_socket), "GET", "/reverse_proxy/upstreams", timeout_s=2)
            upstreams = json.loads(answer.body)
        except (OSError, HTTPException, ValueError):
            return None
        wanted = f"127.0.0.1:{app.ports[slot]}" if app.overlap else PORT_FROM_FILE
        return sum(int(each["num_requests"]) for each in upstreams or () if each["address"] == wanted)

    def drain(self, app: App, slot: Slot, timeout_s: float) -> int | None:
        """Wait until no request is on a slot, twice in a row: one may be between Caddy's decision and its count.

        Returns:
            The requests that were left when `timeout_s` was over; None when Caddy could not be asked, all time waited.
        """
        deadline = time.monotonic() + timeout_s
        empty = 0
        while True:
            left = self.requests_on(app, slot)
            empty = empty + 1 if left == 0 else 0
            if empty > 1 or time.monotonic() >= deadline:
                return left
            time.sleep(DRAIN_PAUSE_S)

    def log_position(self, app: App) -> int:
        """Return the end of an app's access log, in bytes."""
        try:
            return (self.logs / f"{app.name}.log").stat().st_size
        except OSError:
            return 0

    def answers_since(self, app: App, position: int) -> tuple[int, int]:
        """Return how many answers the access log has from a position on, and how many of them are 5xx."""
        total = failed = 0
        with contextlib.suppress(OSError), (self.logs / f"{app.name}.log").open("rb") as log:
            log.seek(position)
            for line in log:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    status = int(json.loads(line)["status"])
                    total += 1
                    failed += status >= http.HTTPStatus.INTERNAL_SERVER_ERROR
        return total, failed

    def _connection(self, name: str, timeout_s: float) -> http.client.HTTPConnection:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s)
        if not self.tls:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
            connection.sock = plain
            return connection
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        secure = http.client.HTTPSConnection(name, self.port, timeout=timeout_s, context=context)
        try:
            secure.sock = context.wrap_socket(plain, server_hostname=name)
        except OSError:
            plain.close()
            raise
        return secure
