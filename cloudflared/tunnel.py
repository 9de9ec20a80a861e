"""Show something that listens on a machine to the world; no account, no root, nothing left behind.

    pyinfra @local cloudflared/tunnel.py --data PORT=8000
    pyinfra @ssh/devbox cloudflared/tunnel.py --ssh-user me --data PORT=8000      the same on a machine elsewhere

`make tunnel PORT=8000` is the first of these. Data: PORT (here also APP or SERVICE), and with PROVIDER=ssh also HOST
and NAME. A machine elsewhere dials by itself: with PROVIDER=ssh it is that machine's own key that HOST lets in.
"""

from __future__ import annotations

import platform
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import gevent
from pyinfra import host
from pyinfra.api import FactBase
from pyinfra.api.exceptions import DeployError
from pyinfra.facts.server import Arch, Home
from pyinfra.operations import files, python

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import ArtifactError, architecture_of, fetch, load
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.tunnel import cloudflare_provider, ssh_provider
from slipway.tunnel.options import WORDS, Options, read
from slipway.tunnel.origin import Origin, find

REMOTE_METRICS_PORT = 20299


class PortAnswers(FactBase[bool]):  # type: ignore[misc]  # pyinfra is taken as untyped
    """Whether something listens on a loopback TCP port."""

    def command(self, port: int) -> str:
        """Return what asks the kernel, which writes ports in hexadecimal and `listening` as 0A."""
        return f"grep -qE '^ *[0-9]+: [0-9A-F]+:{port:04X} [0-9A-F]+:0000 0A' /proc/net/tcp* && echo yes || echo no"

    def process(self, output: list[str]) -> bool:
        """Return the answer."""
        return "yes" in [line.strip() for line in output]


def words() -> list[str]:
    """Return the words that were given with --data."""
    return [f"{key}={value}" for key in WORDS if (value := host.data.get(key)) is not None]


def binary_for(machine: str) -> Path:
    """Return the pinned cloudflared for a machine, fetched into the cache of this one."""
    try:
        return fetch(load("cloudflared", architecture_of(machine)))
    except ArtifactError as error:
        raise DeployError(str(error)) from error


def hold_here() -> None:
    """Stay in front until Ctrl-C; the terminal is the tunnel's, which closes by itself."""
    with subprocess.Popen([sys.executable, "-m", "slipway.tunnel.hold", *words()]) as running:
        while running.poll() is None:
            with suppress(KeyboardInterrupt):
                running.wait()
    if running.returncode:
        raise SystemExit(running.returncode)


def hold_there(script: str) -> None:
    """Run the tunnel on the machine elsewhere; Ctrl-C hangs up, and it ends with the connection to it."""
    connection, hung_up = host.connector.client, []

    def hang_up(*_: object) -> None:
        hung_up.append(True)
        gevent.spawn(connection.close)  # it waits for the other end, which a signal's handler may not

    # pyinfra's own handler would wait for the command to end by itself.
    before = signal.signal(signal.SIGINT, hang_up)
    ended_well, _ = host.run_shell_command(script, print_output=True, _get_pty=True)
    signal.signal(signal.SIGINT, before)
    if not (ended_well or hung_up):
        raise SystemExit(1)


def put_program(machine: str) -> str:
    """Put the pinned cloudflared into the cache over there; return its path."""
    folder = f"{host.get_fact(Home)}/.cache/slipway/bin"
    program = f"{folder}/cloudflared"
    files.directory(name="Make the cache", path=folder, mode="700")
    files.put(name="Put cloudflared there", src=str(binary_for(machine)), dest=program, mode="755")
    return program


def chosen() -> Options:
    """Return what is asked for, after having made sure that it can be shown."""
    try:
        options = read(words())
        if host.name == "@local":
            find(options)
    except RefusalError as refusal:
        raise DeployError(str(refusal)) from refusal
    if host.name != "@local" and not options.port:
        raise DeployError("A machine elsewhere takes PORT: what `make local` and Compose run is looked up here only.")
    if host.name != "@local" and not host.get_fact(PortAnswers, port=options.port):
        raise DeployError(
            f"Nobody listens on port {options.port} of {host.name.removeprefix('@ssh/')}, so there is nothing to show."
        )
    return options


options = chosen()
if host.name == "@local":
    if options.provider == "cloudflare":
        binary_for(platform.machine())
    python.call(name="Hold the tunnel", function=hold_here)
elif options.provider == "ssh":
    python.call(
        name="Hold the tunnel", function=hold_there, script=ssh_provider.whole_script(options, Origin(options.port))
    )
else:
    line = cloudflare_provider.command(
        Path(put_program(host.get_fact(Arch))), Origin(options.port), REMOTE_METRICS_PORT
    )
    python.call(name="Hold the tunnel", function=hold_there, script=shlex.join(line))
