"""Is the new release ready? Asked as Caddy would, until N good answers in a row or the deadline."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass

from .app import App, Slot
from .deadline import cut_after
from .dockerd import Container, Engine
from .errors import GateError

LOOPBACK = "127.0.0.1"
FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5
LONGEST_ANSWER_S = 5.0
HEAD_OF_BODY = 300
LOG_LINES = 30


@dataclass(frozen=True)
class Probe:
    """What one question got: a status (0: none), where it redirects to, the head of the body, or what failed."""

    status: int
    location: str = ""
    body: str = ""
    problem: str = ""

    @property
    def good(self) -> bool:
        """Only 200 is: a redirect or an error page from a readiness path means that the app is not itself."""
        return self.status == http.HTTPStatus.OK

    def lines(self) -> list[str]:
        """Say it to a human."""
        if not self.status:
            return [f"last answer: none ({self.problem})"]
        said = [f"last answer: {self.status}" + (f" -> {self.location}" if self.location else "")]
        return said + ([f"body: {self.body!r}"] if self.body else [])


def probe(app: App, slot: Slot, path: str, timeout_s: float = LONGEST_ANSWER_S, client: str = LOOPBACK) -> Probe:
    """Ask a slot on its loopback port with the headers that Caddy would send.

    Args:
        app: the app.
        slot: which of its slots.
        path: absolute path, without a query.
        timeout_s: whole duration, in seconds.
        client: address that the app takes for the visitor's.
    """
    connection = http.client.HTTPConnection(LOOPBACK, app.ports[slot], timeout=timeout_s)
    headers = {
        "Host": app.domains[0],
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": app.domains[0],
        "X-Forwarded-For": client,
        "User-Agent": "slipway-gate",
    }
    try:
        connection.connect()
        with cut_after(timeout_s, connection.sock):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read(HEAD_OF_BODY).decode(errors="replace")
        return Probe(answer.status, answer.getheader("Location", ""), body)
    except (OSError, http.client.HTTPException) as error:
        return Probe(0, problem=str(error) or type(error).__name__)
    finally:
        connection.close()


def wait_until_ready(app: App, slot: Slot, engine: Engine, *, clock: Callable[[], float] = time.monotonic) -> None:
    """Return when the slot gave `gate_successes` good answers in a row.

    Raises:
        GateError: the container exited, or the deadline `gate_timeout_s` is over; says what was seen.
    """
    deadline = clock() + app.gate_timeout_s
    pause, good = FIRST_PAUSE_S, 0
    while True:
        seen = probe(app, slot, app.readiness_path, min(LONGEST_ANSWER_S, max(0.1, deadline - clock())))
        good = good + 1 if seen.good else 0
        if good >= app.gate_successes:
            return
        if not seen.good:
            container = engine.container(app.project(slot))
            if container is None or not container.running or container.restarts:
                raise _failed(app, slot, engine, seen, _end(container))
            if clock() >= deadline:
                raise _failed(
                    app, slot, engine, seen, f"not ready within {app.gate_timeout_s} s", hint=advice(app, seen)
                )
            time.sleep(min(pause, max(0.0, deadline - clock())))
            pause = min(pause * 1.5, LONGEST_PAUSE_S)


NEXT = "visitors still get what they got before; correct the app and deploy again"


def _end(container: Container | None) -> str:
    if container is None:
        return "its container is gone"
    memory = " (out of memory: raise memory_mib)" if container.out_of_memory else ""
    return f"its container exited with code {container.exit_code}{memory}"


def advice(app: App, seen: Probe) -> str:
    """Return what is probably declared wrongly of an app that runs and never got ready; empty where nothing tells."""
    if seen.location:
        return f"let {app.readiness_path} answer 200 without a redirect; "
    if seen.status == http.HTTPStatus.NOT_FOUND:
        return f"let `readiness_path` in slipway_apps be a page that answers 200, {app.readiness_path} is none; "
    if "refused" in seen.problem:
        return "let the app listen on 0.0.0.0, and `port` in slipway_apps be its port; "
    return ""


def _failed(app: App, slot: Slot, engine: Engine, seen: Probe, why: str, *, hint: str = "") -> GateError:
    evidence = [f"asked: GET http://127.0.0.1:{app.ports[slot]}{app.readiness_path} as {app.domains[0]}", *seen.lines()]
    logs = engine.logs(app.project(slot), LOG_LINES)
    evidence += [f"last {len(logs)} log lines:", *(f"  {line}" for line in logs)] if logs else ["no log lines"]
    return GateError(f"{app.name}: the new release is not ready: {why}.", fix=f"{hint}{NEXT}", evidence=evidence)
