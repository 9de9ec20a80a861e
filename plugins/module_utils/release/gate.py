"""Is the new release ready? Asked as Caddy would, until N good answers in a row or the deadline."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .app import MAIN, App, Process, Slot
from .deadline import cut_after
from .dockerd import Container, DockerError, Engine
from .errors import GateError

LOOPBACK = "127.0.0.1"
FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5
LONGEST_ANSWER_S = 5.0
# Python takes a while to start where there is little processor left.
LONGEST_COMMAND_S = 30.0
HEAD_OF_BODY = 300
LOG_LINES = 30
# Of a worker that nobody can ask: with the pauses between them about two seconds in which it must not end.
LOOKS_AT_THE_UNASKED = 10


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


def probe(app: App, port: int, path: str, timeout_s: float = LONGEST_ANSWER_S, client: str = LOOPBACK) -> Probe:
    """Ask a process on its loopback port with the headers that Caddy would send.

    Args:
        app: the app.
        port: of the process in one of the slots.
        path: absolute path, without a query.
        timeout_s: whole duration, in seconds.
        client: address that the app takes for the visitor's.
    """
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout_s)
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


def wait_until_ready(
    app: App, slot: Slot, engine: Engine, processes: Iterable[Process], *, clock: Callable[[], float] | None = None
) -> None:
    """Return when each process of a slot is ready: `gate_successes` good answers in a row, or what `ready` says.

    Raises:
        GateError: a container exited, or the deadline `gate_timeout_s` is over; says what was seen.
    """
    clock = clock or time.monotonic
    deadline = clock() + app.gate_timeout_s
    for each in processes:
        Gate(app, slot, engine, each).wait(deadline, clock)


@dataclass(frozen=True)
class Gate:
    """The question whether one process of a slot is ready."""

    app: App
    slot: Slot
    engine: Engine
    process: Process

    def wait(self, deadline: float, clock: Callable[[], float]) -> None:
        """Ask until it is.

        Raises:
            GateError: its container exited, or the deadline is over.
        """
        pause, good, wanted = FIRST_PAUSE_S, 0, self._wanted()
        while True:
            left_s = deadline - clock()
            # A command that is cut off says nothing about why the process is not ready.
            longest_s = min(LONGEST_ANSWER_S, max(0.1, left_s))
            seen = self._look(longest_s if self.process.serves else LONGEST_COMMAND_S)
            good = good + 1 if seen.good else 0
            if good >= wanted:
                return
            if not seen.good or not self.process.serves:
                self._judge(seen, late=clock() >= deadline)
                time.sleep(min(pause, max(0.0, deadline - clock())))
                pause = min(pause * 1.5, LONGEST_PAUSE_S)

    def _wanted(self) -> int:
        """Return how many good answers in a row open the gate; one without a question has to stay up for a while."""
        if self.process.serves:
            return self.app.gate_successes
        return 1 if self.process.ready else LOOKS_AT_THE_UNASKED

    def _look(self, timeout_s: float) -> Probe:
        if self.process.serves:
            return probe(self.app, self.process.ports[self.slot], self.process.readiness_path, timeout_s)
        container = self.engine.container(self._name)
        if container is None or not container.running or container.restarts:
            return Probe(0, problem=_end(container))
        if not self.process.ready:
            return Probe(http.HTTPStatus.OK)
        try:
            code, wrote = self.engine.run_in(self._name, self.process.ready, timeout_s)
        except DockerError as error:
            return Probe(0, problem=error.what)
        said = wrote.strip()[-HEAD_OF_BODY:]
        return Probe(http.HTTPStatus.OK) if code == 0 else Probe(0, problem=f"exit code {code}{said and ': '}{said}")

    def _judge(self, seen: Probe, *, late: bool) -> None:
        container = self.engine.container(self._name)
        if container is None or not container.running or container.restarts:
            raise self._failed(seen, _end(container))
        if late:
            hint = advice(self.process, seen) if self.process.serves else ""
            raise self._failed(seen, f"not ready within {self.app.gate_timeout_s} s", hint=hint)

    @property
    def _name(self) -> str:
        return self.app.container(self.slot, self.process)

    def _failed(self, seen: Probe, why: str, *, hint: str = "") -> GateError:
        process, who = self.process, "" if self.process.name == MAIN else f" Process `{self.process.name}`:"
        evidence = []
        if process.serves:
            url = f"http://127.0.0.1:{process.ports[self.slot]}{process.readiness_path}"
            evidence = [f"asked: GET {url} as {self.app.domains[0]}"]
        elif process.ready:
            evidence = [f"asked: {' '.join(process.ready)}"]
        logs = self.engine.logs(self._name, LOG_LINES)
        evidence += seen.lines() if evidence else []
        evidence += [f"last {len(logs)} log lines:", *(f"  {line}" for line in logs)] if logs else ["no log lines"]
        what = f"{self.app.name}: the new release is not ready:{who} {why}."
        return GateError(what, fix=f"{hint}{NEXT}", evidence=evidence)


NEXT = "visitors still get what they got before; correct the app and deploy again"


def _end(container: Container | None) -> str:
    if container is None:
        return "its container is gone"
    memory = " (out of memory: raise memory_mib)" if container.out_of_memory else ""
    return f"its container exited with code {container.exit_code}{memory}"


def advice(process: Process, seen: Probe) -> str:
    """Return what is probably declared wrongly of an app that runs and never got ready; empty where nothing tells."""
    whose = "" if process.name == MAIN else f" of process `{process.name}`"
    if seen.location:
        return f"let {process.readiness_path} answer 200 without a redirect; "
    if seen.status == http.HTTPStatus.NOT_FOUND:
        path = process.readiness_path
        return f"let `readiness_path`{whose} in slipway_apps be a page that answers 200, {path} is none; "
    if "refused" in seen.problem:
        return f"let the app listen on 0.0.0.0, and `port`{whose} in slipway_apps be its port; "
    return ""
