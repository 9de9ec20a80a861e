"""`pyinfra @ssh/HOST cloudflared/tunnel.py` for real: a machine elsewhere dials by itself, over SSH of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import ArtifactError, fetch, load
from tests.summary import Note

from .pair import LAPTOP, Pair

pytestmark = pytest.mark.rig
ROOT = Path(__file__).resolve().parents[3]
UP_S = 90.0
PORT = 8000


@pytest.fixture(scope="module")
def box(pair: Pair) -> Pair:
    """Somebody's own machine serves a page on loopback, and may log in to the public host."""
    key, pinned = ((pair.rig.folder / name).read_text() for name in ("id_ed25519", "known_hosts"))
    pair.box.put({"/root/.ssh/id_ed25519": key, "/root/.ssh/known_hosts": pinned}, mode=0o600)
    pair.box.put({"/srv/index.html": "From another machine"})
    serve = ["python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", "/srv", str(PORT)]
    pair.box.exec(["systemd-run", "--quiet", *serve], check=True)
    return pair


def pyinfra(pair: Pair, *words: str) -> list[str]:
    data = [part for word in words for part in ("--data", word)]
    ssh = ["--data", f"ssh_config_file={pair.rig.folder / 'ssh_config'}"]
    return [str(Path(sys.executable).with_name("pyinfra")), "--yes", *ssh, *data, "@ssh/box1", "cloudflared/tunnel.py"]


def run(pair: Pair, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(pyinfra(pair, *words), cwd=ROOT, capture_output=True, text=True, check=False)


def page(pair: Pair) -> str:
    return pair.rig.visitor.curl(f"https://{LAPTOP}/", "--max-time", "5").stdout


def test_a_port_of_that_machine_is_shown_until_control_c(box: Pair, tmp_path: Path) -> None:
    words = [f"PORT={PORT}", "PROVIDER=ssh", f"HOST=root@{box.edge.address}", f"NAME={LAPTOP}"]
    said = tmp_path / "said"
    with said.open("w") as out:
        running = subprocess.Popen(pyinfra(box, *words), cwd=ROOT, stdout=out, stderr=out, start_new_session=True)
        try:
            deadline = time.monotonic() + UP_S
            while "From another machine" not in page(box):
                assert time.monotonic() < deadline, said.read_text()
                time.sleep(0.5)
        finally:
            os.killpg(running.pid, signal.SIGINT)
            running.wait(30)
    assert f"https://{LAPTOP}/  shows port {PORT} of " in said.read_text()
    deadline = time.monotonic() + UP_S
    while box.left_of_a_laptop() or box.box.exec(["pgrep", "-f", f"127.0.0.1:{PORT} "]).stdout:
        assert time.monotonic() < deadline, box.left_of_a_laptop()
        time.sleep(0.5)


def test_a_port_that_nobody_listens_on_there_is_refused(box: Pair) -> None:
    done = run(box, "PORT=9")
    assert done.returncode != 0
    assert "Nobody listens on port 9 of box1, so there is nothing to show." in done.stdout + done.stderr


def test_what_only_this_machine_knows_is_refused(box: Pair) -> None:
    done = run(box, "APP=shop")
    assert done.returncode != 0
    assert "A machine elsewhere takes PORT" in done.stdout + done.stderr


def test_the_pinned_cloudflared_is_put_there(box: Pair, note: Note) -> None:
    artifact = load("cloudflared", "amd64")
    try:
        fetch(artifact)
    except ArtifactError as error:
        note("did not run", f"cloudflared itself: on a machine elsewhere\n  {str(error).splitlines()[0]}")
        done = run(box, f"PORT={PORT}")
        assert "No source delivers cloudflared" in done.stdout + done.stderr
        return
    run(box, f"PORT={PORT}")  # ends by itself where no edge answers
    assert artifact.sha256 in box.box.exec(["sha256sum", "/root/.cache/slipway/bin/cloudflared"]).stdout
