"""`make tunnel PORT=... PROVIDER=ssh` for real: something on this machine under a name of one's own host."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.summary import Note

from . import shown
from .pair import LAPTOP, Pair

pytestmark = pytest.mark.rig
ROOT = Path(__file__).resolve().parents[3]
UP_S = 60.0
BACK_S = 15.0
SETTLED_S = 2.5  # the live line is renewed every second


@contextmanager
def tunnelled(pair: Pair, said: Path, *words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command in the foreground, as a terminal would run it; Ctrl-C ends it."""
    options = [f"--{word}" for word in (*words, *far_end(pair, LAPTOP))]
    command = [sys.executable, "-m", "slipway", "tunnel", *options]
    trusting = {"SSL_CERT_FILE": str(pair.rig.acme.root_pem), **environment}
    with said.open("w") as out:
        running = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **trusting}, stdout=out, stderr=out, text=True, start_new_session=True
        )
        try:
            yield running
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGINT)
                running.wait(30)


def far_end(pair: Pair, name: str) -> list[str]:
    return ["PROVIDER=ssh", "HOST=edge1", f"NAME={name}", f"SSH_CONFIG={pair.rig.folder / 'ssh_config'}"]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Something that listens on this machine; returns its port."""
    with shown.port(tmp_path_factory.mktemp("site")) as port:
        yield port


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("said") / "output"


@pytest.fixture(scope="module")
def session(pair: Pair, app: int, said: Path) -> Iterator[subprocess.Popen[str]]:
    with tunnelled(pair, said, f"PORT={app}") as running:
        yield running


def page(pair: Pair) -> str:
    return pair.rig.visitor.curl(f"https://{LAPTOP}/", "--max-time", "5").stdout


def wait_for(what: Callable[[], bool], limit_s: float, evidence: Path) -> float:
    start = time.monotonic()
    while not what():
        assert time.monotonic() - start < limit_s, evidence.read_text()
        time.sleep(0.2)
    return time.monotonic() - start


def test_a_visitor_sees_what_listens_here(pair: Pair, session: subprocess.Popen[str], said: Path, note: Note) -> None:
    seconds = wait_for(lambda: "From my laptop" in page(pair), UP_S, said)
    note("measured", f"laptop tunnel by ssh: seen by a visitor after {seconds:.1f} s, certificate included")


def test_the_address_is_printed_when_it_answers(session: subprocess.Popen[str], said: Path) -> None:
    wait_for(lambda: f"https://{LAPTOP}/  shows port" in said.read_text(), UP_S, said)


def assert_nothing_is_left(pair: Pair) -> None:
    """Who follows the log looks once a second whether its session still lives, so it may be a moment late."""
    deadline = time.monotonic() + UP_S
    while left := pair.left_of_a_laptop():
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def visits(said: Path) -> int:
    counts = re.findall(r"^connected to edge1, (\d+) requests?$", said.read_text(), re.MULTILINE)
    return int(counts[-1]) if counts else -1


def settled(said: Path) -> int:
    """Return the count when it has stopped moving: what was asked a moment ago may still be on its way."""
    wait_for(lambda: visits(said) >= 0, UP_S, said)
    before = -1
    while before != visits(said):
        before = visits(said)
        time.sleep(SETTLED_S)
    return before


def test_every_visit_is_counted_and_nothing_else(pair: Pair, session: subprocess.Popen[str], said: Path) -> None:
    before = settled(said)
    for _ in range(3):
        assert "From my laptop" in page(pair)
    wait_for(lambda: visits(said) >= before + 3, UP_S, said)
    assert settled(said) == before + 3


def test_a_name_that_a_tunnel_holds_is_refused_to_another(pair: Pair, session: subprocess.Popen[str], app: int) -> None:
    done = refused(pair, app, LAPTOP)
    assert f"a tunnel holds {LAPTOP} there" in done.stderr
    assert "From my laptop" in page(pair)


def test_a_lost_connection_is_dialled_again(pair: Pair, session: subprocess.Popen[str], said: Path, note: Note) -> None:
    pair.edge.exec(
        [
            "sh",
            "-c",
            "kill -KILL $(ss -Hltnp 'sport >= :18500 and sport < :19000' | grep -o 'pid=[0-9]*' | cut -d= -f2)",
        ]
    )
    wait_for(lambda: "The connection is lost" in said.read_text(), UP_S, said)
    seconds = wait_for(lambda: "From my laptop" in page(pair), UP_S, said)
    note("measured", f"laptop tunnel by ssh, connection killed: back after {seconds:.1f} s")
    assert seconds < BACK_S


def test_control_c_leaves_nothing_behind(pair: Pair, session: subprocess.Popen[str], said: Path) -> None:
    os.killpg(session.pid, signal.SIGINT)
    assert session.wait(30) == 0, said.read_text()
    assert "Closed." in said.read_text()
    assert "From my laptop" not in page(pair)
    assert_nothing_is_left(pair)
    assert list(Path(tempfile.gettempdir()).glob("slipway-tunnel-*")) == []


def refused(pair: Pair, port: int, name: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "slipway.tunnel.hold", f"PORT={port}", *far_end(pair, name)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done
    return done


def test_a_name_that_an_app_over_there_has_is_refused(pair: Pair, app: int) -> None:
    assert "www.app.test is the name of an app there" in refused(pair, app, "www.app.test").stderr


def test_an_app_of_make_local_is_asked_by_its_own_name_over_https(pair: Pair, said: Path, tmp_path: Path) -> None:
    with shown.local_app(tmp_path), tunnelled(pair, said, "APP=shop", XDG_STATE_HOME=str(tmp_path)):
        wait_for(lambda: "Asked as shop.localhost" in page(pair), UP_S, said)
    assert_nothing_is_left(pair)


def test_a_service_of_compose_is_found_by_its_name(pair: Pair, said: Path, tmp_path: Path) -> None:
    image = str(pair.rig.visitor.container.attrs["Image"])
    with shown.service(tmp_path, image), tunnelled(pair, said, "SERVICE=tunnelled/web"):
        wait_for(lambda: "From a service" in page(pair), UP_S, said)
    assert_nothing_is_left(pair)


def test_a_port_where_nobody_answers_is_refused_politely() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "slipway", "tunnel", f"--port={port}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == (
        "refused: nobody answers on 127.0.0.1, so there is nothing to show\n"
        f"  value: PORT={port}\n"
        "  where: this machine\n"
        f"  next:  start your app on 127.0.0.1:{port}, then run the same command again\n"
    )
