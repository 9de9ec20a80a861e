"""Do visitors fare worse with a release than before it? Read from Caddy's access log, decided by more than that.

A stranger can fail requests at will, but can't make a page fail that works, nor be a visitor of before the switch. So
5xx answers of the app only raise a suspicion; the app's own answers to the kit, or visitors known before, prove it.
"""

from __future__ import annotations

import contextlib
import functools
import http
import ipaddress
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from .app import SLOTS, App, Process, Slot, other
from .front import Front

# A handful of errors among few answers says nothing yet.
SMALLEST_ERRORS = 5
# How much the share of 5xx may rise.
SMALLEST_RISE = 0.05
# Known visitors are worse off when more than half of what they get turned into 5xx; so many at least, to be visitors.
SMALLEST_RISE_OF_A_CLIENT = 0.5
SMALLEST_CLIENTS = 5
# An app that fails one time in ten at random fails five times in a row once in 100,000.
ASKED_IN_A_ROW = 5
PAGES_PER_LOOK = 3
# Of the log, in bytes: what a look reads at most, how far back visitors are known, and the longest line that counts.
READ_PER_LOOK = 4 * 1024 * 1024
KNOWN_PART = 1024 * 1024
LONGEST_LINE = 64 * 1024
# What is remembered at most, whatever the log holds.
MOST_CLIENTS, MOST_PAGES = 10_000, 1_000
PAGE = re.compile(r"/[!-~]{0,2000}")

Ask = Callable[[Slot, str], int]


@dataclass
class Answers:
    """What a slot answered: how often, how often with 5xx, to whom, and GET of which pages failed; `ports` are its."""

    ports: Collection[int]
    total: int = 0
    failed: int = 0
    clients: dict[str, tuple[int, int]] = field(default_factory=dict)
    pages: Counter[str] = field(default_factory=Counter)

    @functools.cached_property
    def _upstreams(self) -> frozenset[str]:
        return frozenset(f"127.0.0.1:{port}" for port in self.ports)

    @property
    def share(self) -> float:
        """The share of 5xx, 0 to 1."""
        return self.failed / self.total if self.total else 0.0

    def add(self, line: bytes) -> None:
        """Count a line of the log if the app wrote that answer; any other line is left out, whatever it holds."""
        if len(line) > LONGEST_LINE:
            return
        with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
            found = json.loads(line)
            status, request = found["upstream_status"], found["request"]
            if found["upstream"] in self._upstreams and isinstance(status, int):
                failed = status >= http.HTTPStatus.INTERNAL_SERVER_ERROR
                self._count(_network(request["client_ip"]), failed=failed)
                if failed and request["method"] == "GET":
                    self._note_page(request["uri"])

    def _count(self, client: str, *, failed: bool) -> None:
        self.total += 1
        self.failed += failed
        if client in self.clients or len(self.clients) < MOST_CLIENTS:
            total, bad = self.clients.get(client, (0, 0))
            self.clients[client] = (total + 1, bad + failed)

    def _note_page(self, path: str) -> None:
        if PAGE.fullmatch(path) and (path in self.pages or len(self.pages) < MOST_PAGES):
            self.pages[path] += 1


class Visitors:
    """Compares what visitors get of the new slot with what they got of the old one before the switch."""

    def __init__(self, front: Front, app: App, slot: Slot, processes: Mapping[Slot, Sequence[Process]]) -> None:
        self._front, self._app, self._slot = front, app, slot
        self._position = front.log_position(app)
        self._asked: Counter[str] = Counter()
        ports = {each: {one.ports[each] for one in processes[each] if one.serves} for each in SLOTS}
        self.before, self.now = Answers(ports[other(slot)]), Answers(ports[slot])
        start = max(0, self._position - KNOWN_PART)
        for line in front.log_part(app, start, self._position - start).split(b"\n"):
            self.before.add(line)

    def look(self) -> None:
        """Read what the log got since the last look."""
        if self._front.log_position(self._app) < self._position:
            self._position = 0  # the file was rotated
        part = self._front.log_part(self._app, self._position, READ_PER_LOOK)
        whole = part.rfind(b"\n") + 1 or (len(part) if len(part) == READ_PER_LOOK else 0)
        self._position += whole
        for line in part[:whole].split(b"\n"):
            self.now.add(line)

    def worse_off(self, ask: Ask) -> str:
        """Return what proves that visitors are worse off than before, empty where nothing does.

        Args:
            ask: asks a slot for a page and returns the status, 0 for none.
        """
        if self.now.failed < SMALLEST_ERRORS or self.now.share <= self.before.share + SMALLEST_RISE:
            return ""
        proof = self._page_that_fails(ask) or self._known_clients()
        was = f"{self.before.share:.0%} before the switch" if self.before.total else "none known before the switch"
        return proof and f"{self.now.failed} of {self.now.total} answers to visitors were 5xx ({was}), and {proof}"

    def _page_that_fails(self, ask: Ask) -> str:
        # Those not asked for yet come first: nobody hides a page behind others that always fail.
        pages = sorted(self.now.pages, key=lambda page: (self._asked[page], -self.now.pages[page]))
        for path in pages[:PAGES_PER_LOOK]:
            self._asked[path] += 1
            if all(_is_5xx(ask(self._slot, path)) for _ in range(ASKED_IN_A_ROW)):
                statuses = {ask(other(self._slot), path) for _ in range(ASKED_IN_A_ROW)}
                if any(status and not _is_5xx(status) for status in statuses):
                    return f"GET {path} fails where the old release answers"
        return ""

    def _known_clients(self) -> str:
        both = self.before.clients.keys() & self.now.clients.keys()
        rise = {each: _share(self.now.clients[each]) - _share(self.before.clients[each]) for each in both}
        worse = sum(each > SMALLEST_RISE_OF_A_CLIENT for each in rise.values())
        return f"{worse} of {len(both)} known clients get them" if worse >= max(SMALLEST_CLIENTS, len(both) / 2) else ""


def _is_5xx(status: int) -> bool:
    return status >= http.HTTPStatus.INTERNAL_SERVER_ERROR


def _share(answers: tuple[int, int]) -> float:
    total, failed = answers
    return failed / total


def _network(address: str) -> str:
    """Return whom an address belongs to: with IPv6 one client has a whole /64."""
    found = ipaddress.ip_address(address)
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))  # noqa: PLR2004
