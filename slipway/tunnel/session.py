"""The foreground: dial, show the address, watch, dial again after a loss, and leave nothing behind."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ansible.module_utils.site_answer import ask

from slipway.pipeline.refusal import RefusalError

from . import far, quick
from .origin import Origin
from .screen import Screen
from .wish import Wish

POLL_S = 1.0
DIAL_AGAIN_S = 3.0
STOP_S = 10.0
# From dialling to the first answer under the public name: a certificate may have to be issued, a name be spread.
PATIENCE_S = 90.0


@dataclass(frozen=True)
class Line:
    """How a provider is dialled and asked: `url` is empty while there is none yet, `public` says that it answers."""

    command: list[str]
    url: Callable[[], str]
    state: Callable[[], str]
    public: Callable[[str], bool]


def quick_line(binary: Path, origin: Origin) -> Line:
    """Return the line of a Cloudflare quick tunnel."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        metrics: int = free.getsockname()[1]
    return Line(
        quick.command(binary, origin, metrics),
        lambda: quick.url(metrics),
        lambda: quick.state(metrics),
        lambda url: bool(ask.ask(ask.Question(url.removeprefix("https://").rstrip("/"))).status),
    )


def ssh_line(wish: Wish, origin: Origin) -> Line:
    """Return the line to a public host of one's own."""
    known = subprocess.run([*far.ssh(wish), "-G", wish.host], capture_output=True, text=True, check=True).stdout
    address = dict(line.split(" ", 1) for line in known.splitlines() if " " in line)["hostname"]
    return Line(
        far.command(wish, origin),
        lambda: f"https://{wish.name}/",
        lambda: f"connected to {wish.host}",
        lambda _: ask.ask(ask.Question(wish.name, address=address)).status not in (0, 502, 503),
    )


def tell(wish: Wish, script: str) -> None:
    """Run a script on the public host.

    Raises:
        RefusalError: it cannot be reached or refuses.
    """
    done = subprocess.run(far.as_root(wish), input=script, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip() or f"exit code {done.returncode}"
        raise RefusalError("the public host does not take the site", said, wish.host, f"ssh {wish.host} sudo -n true")


def hold(line: Line, shown: str, screen: Screen) -> None:
    """Keep the line up until interrupted.

    Args:
        line: what to dial.
        shown: what visitors will see, in words.
        screen: where to say it.

    Raises:
        RefusalError: it ends at once, so that dialling again would not help.
    """
    with tempfile.TemporaryDirectory(prefix="slipway-tunnel-") as home:
        while True:
            with (Path(home) / "log").open("w+") as log:
                up_once = _dial(line, shown, screen, home, log)
                log.seek(0)
                said = log.read().strip().splitlines()
            if not up_once:
                last = said[-1] if said else "it said nothing"
                raise RefusalError("the tunnel did not come up", last, " ".join(line.command), _advice(said))
            screen.say(f"The connection is lost; dialling again in {DIAL_AGAIN_S:.0f} s.")
            time.sleep(DIAL_AGAIN_S)


def _dial(line: Line, shown: str, screen: Screen, home: str, log: IO[str]) -> bool:
    """Run the program until it ends; return whether the public name ever answered."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home, **_agent()}
    child = subprocess.Popen(
        line.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
    )
    try:
        deadline, url = time.monotonic() + PATIENCE_S, ""
        while child.poll() is None:
            if not url and (address := line.url()) and line.public(address):
                url = address
                screen.show(url, shown)
            if not url and time.monotonic() > deadline:
                return False
            screen.live(line.state() if url else "dialling")
            time.sleep(POLL_S)
        return bool(url)
    finally:
        _stop(child)


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _agent() -> dict[str, str]:
    return {name: os.environ[name] for name in ("SSH_AUTH_SOCK",) if name in os.environ}


def _advice(said: list[str]) -> str:
    if any(far.REFUSED in line for line in said):
        return "allow it in the inventory of that host: ssh_forwarding_users: [your user], then make provision"
    return "run the command above by itself to see all that it says"
