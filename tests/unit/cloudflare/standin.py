"""A strict stand-in for Cloudflare's API on loopback, with the faults that the real one has on bad days."""

from __future__ import annotations

import base64
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from .schema import ENDPOINTS, EVERYTHING, Endpoint, body_faults

Tree = dict[str, object]
ACCOUNT_ID = "a" * 32
ZONE_ID = "b" * 32
ZONE = "example.com"
TEAM = "quiet-river"


@dataclass
class Fault:
    """What happens instead of an operation, once: a status, or silence (0).

    `done_all_the_same` carries the operation out and loses only the answer; `after` lets that many pass before.
    """

    operation: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    done_all_the_same: bool = False
    after: int = 0
    silence_s: float = 0


@dataclass(frozen=True)
class Ask:
    """What a request that passed all checks asks for."""

    path: Tree
    query: dict[str, str]
    body: Tree


class Refused(Exception):  # noqa: N818 - an answer, not an error
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.answer = status, {"success": False, "errors": [{"code": code, "message": message}], "result": None}


class StandIn:
    """The state of an account with one zone; `tokens` maps API tokens to what they may do."""

    def __init__(self) -> None:
        self.tokens: dict[str, frozenset[str]] = {"token-for-tests": EVERYTHING}
        self.tunnels: dict[str, Tree] = {}
        self.records: dict[str, Tree] = {}
        self.apps: dict[str, Tree] = {}
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        self._ids = itertools.count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/client/v4"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add_record(self, kind: str, name: str, content: str, **rest: object) -> None:
        self._store(self.records, {"type": kind, "name": name, "content": content, "proxied": True, **rest})

    def answer(self, method: str, url: str, token: str, body: object) -> tuple[int, dict[str, str], Tree]:
        parts = urlsplit(url)
        try:
            endpoint, path = _endpoint(method, parts.path.removeprefix("/client/v4"))
            self.asked.append(endpoint.operation)
            self._allow(endpoint, token)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            _check(endpoint, query, body)
            ask = Ask(path, query, body if isinstance(body, dict) else {})
            fault = self._fault(endpoint.operation)
            if fault:
                if fault.done_all_the_same:
                    getattr(self, f"_{endpoint.operation}")(ask)
                time.sleep(fault.silence_s)
                return fault.status, fault.headers, {"success": False, "errors": []}
            result = getattr(self, f"_{endpoint.operation}")(ask)
        except Refused as refusal:
            return refusal.answer[0], {}, refusal.answer[1]
        return 200, {}, {"success": True, "errors": [], "messages": [], "result": result}

    def _fault(self, operation: str) -> Fault | None:
        planned = [one for one in self.faults if one.operation == operation]
        if not planned:
            return None
        if planned[0].after:
            for one in planned:
                one.after -= 1
            return None
        self.faults.remove(planned[0])
        return planned[0]

    def _allow(self, endpoint: Endpoint, token: str) -> None:
        if token not in self.tokens:
            raise Refused(401, 1000, "Invalid API Token")
        if endpoint.permission not in self.tokens[token] and endpoint.operation != "list_zones":
            raise Refused(403, 10000, "Authentication error")
        self.may_see_zones = endpoint.permission in self.tokens[token]

    def _list_zones(self, ask: Ask) -> list[Tree]:
        # The real one answers an empty list to a token without the permission.
        known = self.may_see_zones and ask.query.get("name", ZONE) == ZONE
        return [{"id": ZONE_ID, "name": ZONE, "account": {"id": ACCOUNT_ID, "name": "Tests"}}] if known else []

    def _list_tunnels(self, ask: Ask) -> list[Tree]:
        gone = {"true": True, "false": False}
        return [
            _public(tunnel)
            for tunnel in self.tunnels.values()
            if str(tunnel["name"]).startswith(str(ask.query.get("name", "")))
            and tunnel["deleted"] == gone.get(str(ask.query.get("is_deleted")), tunnel["deleted"])
        ]

    def _create_tunnel(self, ask: Ask) -> Tree:
        if any(one["name"] == ask.body["name"] and not one["deleted"] for one in self.tunnels.values()):
            raise Refused(409, 1013, "You already have a tunnel with this name")
        if len(base64.b64decode(str(ask.body.get("tunnel_secret", "")))) < 32:
            raise Refused(400, 1004, "tunnel_secret must be at least 32 bytes")
        tunnel = {"id": str(uuid.uuid4()), "config_src": "cloudflare", "deleted": False, "connections": [], **ask.body}
        self.tunnels[str(tunnel["id"])] = tunnel
        return _public(tunnel)

    def _tunnel(self, ask: Ask) -> Tree:
        tunnel = self.tunnels.get(str(ask.path["tunnel"]))
        if tunnel is None or tunnel["deleted"]:
            raise Refused(404, 1003, "Tunnel not found")
        return tunnel

    def _tunnel_token(self, ask: Ask) -> str:
        tunnel = self._tunnel(ask)
        token = {"a": ACCOUNT_ID, "t": tunnel["id"], "s": tunnel["tunnel_secret"]}
        return base64.b64encode(json.dumps(token).encode()).decode()

    def _close_connections(self, ask: Ask) -> Tree:
        self._tunnel(ask)["connections"] = []
        return {}

    def _delete_tunnel(self, ask: Ask) -> Tree:
        tunnel = self._tunnel(ask)
        if tunnel["connections"]:
            raise Refused(400, 1022, "Cannot delete tunnel because it has active connections")
        tunnel["deleted"] = True
        return _public(tunnel)

    def _list_records(self, ask: Ask) -> list[Tree]:
        return [one for one in self.records.values() if one["name"] == ask.query.get("name.exact", one["name"])]

    def _create_record(self, ask: Ask) -> Tree:
        if any(one["name"] == ask.body["name"] for one in self.records.values()):
            raise Refused(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
        if not str(ask.body["name"]).endswith(ZONE):
            raise Refused(400, 9207, "DNS name is invalid.")
        return self._store(self.records, ask.body)

    def _delete_record(self, ask: Ask) -> Tree:
        return self._drop(self.records, str(ask.path["record"]))

    def _list_apps(self, ask: Ask) -> list[Tree]:
        return [one for one in self.apps.values() if one["name"] == ask.query.get("name", one["name"])]

    def _create_app(self, ask: Ask) -> Tree:
        return self._store(self.apps, {**ask.body, "aud": uuid.uuid4().hex * 2})

    def _organization(self, _: Ask) -> Tree:
        return {"name": "Tests", "auth_domain": f"{TEAM}.cloudflareaccess.com"}

    def _update_app(self, ask: Ask) -> Tree:
        audience = self.apps[str(ask.path["app"])]["aud"]
        self._drop(self.apps, str(ask.path["app"]))
        return self._store(self.apps, {**ask.body, "aud": audience})

    def _delete_app(self, ask: Ask) -> Tree:
        return self._drop(self.apps, str(ask.path["app"]))

    def _store(self, shelf: dict[str, Tree], body: Tree) -> Tree:
        identity = f"{next(self._ids):032x}"
        shelf[identity] = {**body, "id": identity}
        return shelf[identity]

    def _drop(self, shelf: dict[str, Tree], identity: str) -> Tree:
        if shelf.pop(identity, None) is None:
            raise Refused(404, 81044, "Record does not exist.")
        return {"id": identity}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer: Callable[[str, str, str, object], tuple[int, dict[str, str], Tree]] = self.answer

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                status, headers, document = answer(self.command, self.path, token, json.loads(sent) if sent else None)
                if not status:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(json.dumps(document).encode())

            do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - names of the base class

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _endpoint(method: str, path: str) -> tuple[Endpoint, Tree]:
    for endpoint in ENDPOINTS:
        match = endpoint.path.fullmatch(path)
        if match and endpoint.method == method:
            return endpoint, dict(match.groupdict())
    raise Refused(405, 10405, f"Method not allowed for this authentication scheme: {method} {path}")


def _check(endpoint: Endpoint, query: dict[str, str], body: object) -> None:
    faults = [f"query {name} is unknown" for name in query if name not in endpoint.query]
    faults += body_faults(endpoint, body)
    if faults:
        raise Refused(400, 1001, "; ".join(faults))


def _public(tunnel: Tree) -> Tree:
    """As the API shows a tunnel: never with its secret."""
    hidden = {"tunnel_secret", "deleted"}
    return {name: value for name, value in tunnel.items() if name not in hidden}
