"""The foreground: dial, show the address, watch, dial again after a loss, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ansible_collections.slipway.kit.plugins.module_utils.site_answer import ask
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError

from . import cloudflare_provider, ssh_provider
from .options import Options
from .origin import Origin
from .screen import Screen

POLL_S = 1.0
DIAL_AGAIN_S = 3.0
STOP_S = 10.0
# From dialling to the first answer under the public name: a certificate may have to be issued, a name be spread.
PATIENCE_S = 90.0


@dataclass(frozen=True)
class Line:
    """How a provider is dialled and asked.

    `url` is empty while there is none yet, `public` says that it answers, `hears` gets each line that is printed.
    """

    command: list[str]
    url: Callable[[], str]
    state: Callable[[], str]
    public: Callable[[str], bool]
    hears: Callable[[bytes], None]


class Visits:
    """Counts the lines of an access log, but for those of this command's own questions."""

    def __init__(self) -> None:
        self.count = 0

    def hear(self, line: bytes) -> None:
        """Take in one line."""
        self.count += ssh_provider.OWN not in line


def quick_line(binary: Path, origin: Origin) -> Line:
    """Return the line of a Cloudflare quick tunnel."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        metrics: int = free.getsockname()[1]
    return Line(
        cloudflare_provider.command(binary, origin, metrics),
        lambda: cloudflare_provider.url(metrics),
        lambda: cloudflare_provider.state(metrics),
        # Cloudflare answers under the name before the tunnel is connected, too.
        lambda url: (
            ask.ask(ask.Question(url.removeprefix("https://").rstrip("/"))).status
            not in cloudflare_provider.NOBODY_THERE
        ),
        lambda _: None,
    )


def ssh_line(options: Options, origin: Origin) -> Line:
    """Return the line to a public host of one's own."""
    known = subprocess.run(
        [*ssh_provider.ssh(options), "-G", options.host], capture_output=True, text=True, check=True
    ).stdout
    address = dict(line.split(" ", 1) for line in known.splitlines() if " " in line)["hostname"]
    visits = Visits()
    return Line(
        ssh_provider.command(options, origin),
        lambda: f"https://{options.name}/",
        lambda: f"connected to {options.host}, {cloudflare_provider.counted(visits.count, 'request')}",
        lambda _: ask.ask(ask.Question(options.name, address=address)).status not in (0, 502, 503),
        visits.hear,
    )


@contextmanager
def opened(options: Options, origin: Origin, screen: Screen) -> Iterator[None]:
    """Have the site on the public host, and take it away whatever happens meanwhile; a second Ctrl-C waits for that.

    Raises:
        RefusalError: it cannot be reached or refuses.
    """
    try:
        _tell(options, ssh_provider.open_script(options, origin))
    except KeyboardInterrupt:
        _close(options, screen)
        raise
    try:
        yield
    finally:
        _close(options, screen)


def _close(options: Options, screen: Screen) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _tell(options, ssh_provider.close_script(options))
    except RefusalError as refusal:
        screen.say(
            f"The site of {options.name} is still on {options.host}, to no use; the next tunnel replaces it.\n{refusal}"
        )
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(options: Options, script: str) -> None:
    """Run a script on the public host; the terminal's Ctrl-C is not for it."""
    done = subprocess.run(
        ssh_provider.as_root(options), input=script, capture_output=True, text=True, check=False, start_new_session=True
    )
    if done.returncode:
        said = done.stderr.strip() or f"exit code {done.returncode}"
        raise RefusalError(
            "the public host does not take the site", said, options.host, f"ssh {options.host} sudo -n true"
        )


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
                raise RefusalError("the tunnel did not come up", _reason(said), " ".join(line.command), _advice(said))
            screen.say(f"The connection is lost; dialling again in {DIAL_AGAIN_S:.0f} s.")
            time.sleep(DIAL_AGAIN_S)


def _dial(line: Line, shown: str, screen: Screen, home: str, log: IO[str]) -> bool:
    """Run the program until it ends; return whether the public name ever answered."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home, **_agent()}
    child = subprocess.Popen(
        line.command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        env=environment,
        start_new_session=True,
    )
    threading.Thread(target=_listen, args=(child.stdout, line), daemon=True).start()
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


def _listen(printing: IO[bytes], line: Line) -> None:
    with printing:
        for printed in printing:
            line.hears(printed)


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _agent() -> dict[str, str]:
    return {name: os.environ[name] for name in ("SSH_AUTH_SOCK",) if name in os.environ}


def _reason(said: list[str]) -> str:
    return next((line for line in said if cloudflare_provider.REFUSED in line), said[-1] if said else "it said nothing")


def _advice(said: list[str]) -> str:
    if any(cloudflare_provider.REFUSED in line for line in said):
        return "Cloudflare may have had too many from here: wait some minutes, or take a host of your own, PROVIDER=ssh"
    if any(ssh_provider.REFUSED in line for line in said):
        return "allow it in the inventory of that host: ssh_forwarding_users: [your user], then slipway provision ENV"
    return "run the command above by itself to see all that it says"
