"""`make tunnel PORT=... PROVIDER=ssh` for real: something on this machine under a name of one's own host."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.summary import Note

from .pair import LAPTOP, Pair

pytestmark = pytest.mark.rig
ROOT = Path(__file__).resolve().parents[3]
UP_S = 60.0
BACK_S = 15.0


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Something that listens on this machine; returns its port."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<h1>From my laptop</h1>")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("said") / "output"


@pytest.fixture(scope="module")
def session(pair: Pair, app: int, said: Path) -> Iterator[subprocess.Popen[str]]:
    """The command in the foreground, as a terminal would run it."""
    words = [f"PORT={app}", "PROVIDER=ssh", "HOST=edge1", f"NAME={LAPTOP}"]
    words.append(f"SSH_CONFIG={pair.rig.folder / 'ssh_config'}")
    environment = {**os.environ, "SSL_CERT_FILE": str(pair.rig.acme.root_pem)}
    with said.open("w") as out:
        command = [sys.executable, "-m", "slipway.tunnel", *words]
        running = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=out, stderr=out, text=True, start_new_session=True
        )
        yield running
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


def page(pair: Pair) -> str:
    return pair.rig.visitor.curl(f"https://{LAPTOP}/", "--max-time", "2").stdout


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


def test_a_lost_connection_is_dialled_again(pair: Pair, session: subprocess.Popen[str], said: Path, note: Note) -> None:
    pair.edge.exec(
        [
            "sh",
            "-c",
            "kill -KILL $(ss -Hltnp 'sport >= :18500 and sport < :19000' | grep -o 'pid=[0-9]*' | cut -d= -f2)",
        ]
    )
    wait_for(lambda: "The connection is lost" in said.read_text(), BACK_S, said)
    seconds = wait_for(lambda: "From my laptop" in page(pair), BACK_S, said)
    note("measured", f"laptop tunnel by ssh, connection killed: back after {seconds:.1f} s")


def test_control_c_leaves_nothing_behind(pair: Pair, session: subprocess.Popen[str], said: Path) -> None:
    os.killpg(session.pid, signal.SIGINT)
    assert session.wait(30) == 0, said.read_text()
    assert "Closed." in said.read_text()
    assert "From my laptop" not in page(pair)
    assert (
        pair.edge.exec(
            ["sh", "-c", "ls /etc/caddy/conf.d | grep laptop; ss -Hltn 'sport >= :18500 and sport < :19000'"]
        ).stdout
        == ""
    )
    assert list(Path(tempfile.gettempdir()).glob("slipway-tunnel-*")) == []


def test_a_name_that_an_app_over_there_has_is_refused(pair: Pair, app: int) -> None:
    words = [f"PORT={app}", "PROVIDER=ssh", "HOST=edge1", "NAME=www.app.test"]
    words.append(f"SSH_CONFIG={pair.rig.folder / 'ssh_config'}")
    done = subprocess.run(
        [sys.executable, "-m", "slipway.tunnel.hold", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert re.search(r"www\.app\.test is the name of an app there", done.stderr), done.stderr


def test_a_port_where_nobody_answers_is_refused_politely() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "slipway.tunnel", f"PORT={port}"],
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
