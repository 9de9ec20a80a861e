"""Caddy, asked from the host: which release answers, how many requests are on a slot, how well it answers."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path

from . import files
from .app import App, Process, Slot
from .deadline import cut_after
from .errors import CheckError
from .unix_http import ask_distrusted

PAUSE_S = 0.1
DRAIN_PAUSE_S = 0.05
# How Caddy lists the upstream of apps that can't overlap: all of them together.
PORT_FROM_FILE = "127.0.0.1:{live_port}"
# Caddy's admin API and its logs are in Caddy's own folders: a Caddy that was taken over may put anything there.
ADMIN_S = 2.0
ADMIN_BYTES = 1024 * 1024


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
            with self._connection(app.domains[0], timeout_s) as connection:
                connection.request("GET", path, headers={"Host": app.domains[0], "User-Agent": "slipway-check"})
                answer = connection.getresponse()
                return answer.status, answer.getheader("X-Release", ""), ""
        except (OSError, HTTPException) as error:
            return 0, "", str(error) or type(error).__name__

    def certificate(self, name: str) -> bytes | None:
        """Return the certificate (DER) that visitors of a name are shown, None where there is none."""
        try:
            with self._connection(name, timeout_s=5) as connection:
                secured = connection.sock
                return secured.getpeercert(binary_form=True) if isinstance(secured, ssl.SSLSocket) else None
        except OSError:
            return None

    def wait_for(self, app: App, release: str, page: str, timeout_s: float) -> None:
        """Return when visitors get this release, ready; while the maintenance page is shown they get that.

        Caddy names the release on its own errors too, so the name alone proves nothing. Where visitors need a password,
        being asked for it is all that can be seen from here; that the release is ready was asked of itself before.

        Raises:
            CheckError: they do not within `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        answers = {HTTPStatus.OK, *([HTTPStatus.UNAUTHORIZED] if app.guarded else [])}
        while True:
            status, seen, problem = self.release_seen(app, page)
            if seen == release and (status in answers or (app.live_dir / "maintenance").exists()):
                return
            if time.monotonic() >= deadline:
                answer = problem or f"status {status}, X-Release {seen or 'missing'}"
                raise CheckError(
                    f"{app.name}: Caddy does not answer with the new release {release}, ready, on https://{app.domains[0]}"
                    f"{page} within {timeout_s:.0f} s ({answer}).",
                    fix="`journalctl -u caddy -n 50` on the host; `slipway provision ENV` writes the site again",
                )
            time.sleep(PAUSE_S)

    def requests_on(self, app: App, slot: Slot, processes: Iterable[Process]) -> int | None:
        """Return how many requests Caddy has on a slot's processes right now, None where it can't be asked."""
        try:
            path = "/reverse_proxy/upstreams"
            answer = ask_distrusted(str(self.admin_socket), path, longest_s=ADMIN_S, most_bytes=ADMIN_BYTES)
        except (OSError, HTTPException):
            return None
        known = {f"127.0.0.1:{each.ports[slot]}" for each in processes if each.serves}
        # Where `overlap` was just taken away, requests that came by the former site are still on the slot's own ports.
        return requests_in(answer.body, known if app.overlap else known | {PORT_FROM_FILE})

    def drain(self, app: App, slot: Slot, processes: Iterable[Process], timeout_s: float) -> int | None:
        """Wait until no request is on a slot, twice in a row: one may be between Caddy's decision and its count.

        Returns:
            The requests that were left when `timeout_s` was over; None when Caddy could not be asked, all time waited.
        """
        deadline, processes = time.monotonic() + timeout_s, tuple(processes)
        empty = 0
        while True:
            left = self.requests_on(app, slot, processes)
            empty = empty + 1 if left == 0 else 0
            if empty > 1 or time.monotonic() >= deadline:
                return left
            time.sleep(DRAIN_PAUSE_S)

    def log_position(self, app: App) -> int:
        """Return the end of an app's access log, in bytes."""
        try:
            return (self.logs / f"{app.name}.log").lstat().st_size
        except OSError:
            return 0

    def log_part(self, app: App, position: int, most: int) -> bytes:
        """Return up to `most` bytes of an app's access log from a position on, nothing where it can't be read."""
        with contextlib.suppress(OSError), files.open_of_others(self.logs / f"{app.name}.log") as log:
            log.seek(position)
            return log.read(most)
        return b""

    @contextlib.contextmanager
    def _connection(self, name: str, timeout_s: float) -> Iterator[http.client.HTTPConnection]:
        """Connect for a conversation of at most `timeout_s`, however slowly the other side talks."""
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s) as plain,
            cut_after(timeout_s, plain),
        ):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
            connection.sock = self._secured(plain, name) if self.tls else plain
            try:
                yield connection
            finally:
                connection.close()

    def _secured(self, plain: socket.socket, name: str) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(plain, server_hostname=name)


def requests_in(upstreams: bytes, addresses: Collection[str]) -> int | None:
    """Return how many requests Caddy says to have on some addresses, None where what it says makes no sense."""
    try:
        listed = json.loads(upstreams) or ()
        return sum(int(each["num_requests"]) for each in listed if each["address"] in addresses)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
