"""Show something that listens on a machine to the world; no account, no root, nothing left behind.

    pyinfra @local cloudflared/tunnel.py --data PORT=8000
    pyinfra me@devbox cloudflared/tunnel.py --data PORT=8000      the same on a machine elsewhere

`make tunnel PORT=8000` is the first of these. Data: PORT or APP, and with PROVIDER=ssh also HOST and NAME.
"""

from __future__ import annotations

import platform
import shlex
import subprocess
import sys
from pathlib import Path

from pyinfra import host
from pyinfra.api import FactBase
from pyinfra.api.exceptions import DeployError
from pyinfra.facts.server import Arch, Home
from pyinfra.operations import files, python

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from slipway.artifacts import ArtifactError, architecture_of, fetch, load  # noqa: E402
from slipway.pipeline.refusal import RefusalError  # noqa: E402
from slipway.tunnel import quick  # noqa: E402
from slipway.tunnel.origin import Origin  # noqa: E402
from slipway.tunnel.wish import WORDS, Wish, read  # noqa: E402

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
    """Return the wish as it was given with --data."""
    return [f"{key}={value}" for key in WORDS if (value := host.data.get(key)) is not None]


def binary_for(machine: str) -> Path:
    """Return the pinned cloudflared for a machine, fetched into the cache of this one."""
    try:
        return fetch(load("cloudflared", architecture_of(machine)))
    except ArtifactError as error:
        raise DeployError(str(error)) from error


def hold_here() -> None:
    """Stay in front until Ctrl-C; the terminal is the tunnel's."""
    done = subprocess.run([sys.executable, "-m", "slipway.tunnel.hold", *words()], cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def hold_there(binary: str, wish: Wish) -> None:
    """Run the tunnel on the machine elsewhere; it ends with the connection to it."""
    command = quick.command(Path(binary), Origin(wish.port), REMOTE_METRICS_PORT)
    host.run_shell_command(shlex.join(command), print_output=True, _get_pty=True)


try:
    wish = read(words())
except RefusalError as refusal:
    raise DeployError(str(refusal)) from refusal
if host.name == "@local":
    if wish.provider == "cloudflare":
        binary_for(platform.machine())
    python.call(name="Hold the tunnel", function=hold_here)
elif not wish.port or wish.provider == "ssh":
    raise DeployError("A machine elsewhere takes PORT and provider cloudflare only.")
elif not host.get_fact(PortAnswers, port=wish.port):
    raise DeployError(f"Nobody listens on port {wish.port} of {host.name}, so there is nothing to show.")
else:
    folder = f"{host.get_fact(Home)}/.cache/slipway/bin"
    program = f"{folder}/cloudflared"
    files.directory(name="Make the cache", path=folder, mode="700")
    files.put(
        name="Put cloudflared there",
        src=str(binary_for(host.get_fact(Arch))),
        dest=program,
        mode="755",
    )
    python.call(name="Hold the tunnel", function=hold_there, binary=program, wish=wish)
