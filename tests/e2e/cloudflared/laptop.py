"""`make tunnel` as a user runs it, in a network of its own; it finds cloudflared as it always does, led to the edge."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import CATALOGUE

from . import waiting
from .namespace import Namespace
from .pin import pin

END_S = 60.0
STATE = re.compile(r"^(\d+) connections?, (\d+) requests?$", re.MULTILINE)


@dataclass(frozen=True)
class Laptop:
    """A machine with the program in its cache; `environment` is that of the commands run on it."""

    namespace: Namespace
    environment: Mapping[str, str]

    @classmethod
    def prepare(
        cls, namespace: Namespace, folder: Path, program: Path, leading: Mapping[str, str], *flags: str
    ) -> Laptop:
        """Have the kit find `program` with environment and flags that lead it here, which `make tunnel` passes not on.

        What is pinned in there is the few lines that do so; the real catalogue stays as it is.
        """
        exports = "".join(f"export {name}='{value}'\n" for name, value in leading.items())
        led = f'#!/bin/sh\n{exports}exec {program} "$@" {" ".join(flags)}\n'
        pinned = pin(folder, led.encode())
        subprocess.run(namespace.command(pinned.mount, folder), check=True)
        return cls(namespace, {**os.environ, "XDG_CACHE_HOME": str(pinned.cache)})

    @contextmanager
    def tunnel(self, said: Path, *words: str, **environment: str) -> Iterator[Session]:
        """Run the command in the foreground, as a terminal would run it; Ctrl-C ends it."""
        command = [sys.executable, "-m", "slipway", "tunnel", *(f"--{word}" for word in words)]
        with said.open("w") as out:
            running = subprocess.Popen(
                self.namespace.command(command, CATALOGUE.parent),
                env={**self.environment, **environment},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
            try:
                yield Session(running, said)
            finally:
                if running.poll() is None:
                    os.killpg(running.pid, signal.SIGINT)
                running.wait(END_S)

    def running(self, argument: str) -> list[int]:
        """Return the processes in the namespace whose command line has that in it; not the one that holds it."""
        here = Path(f"/proc/{self.namespace.pid}/ns/net").stat().st_ino
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it is gone
                inside = (process / "ns" / "net").stat().st_ino == here
                if inside and argument in (process / "cmdline").read_text():
                    found.append(int(process.name))
        return [pid for pid in found if pid != self.namespace.pid]


@dataclass(frozen=True)
class Session:
    """A running `make tunnel`, and what it has said so far."""

    process: subprocess.Popen[bytes]
    said: Path

    def until(self, what: Callable[[], bool]) -> float:
        """Return the seconds until it holds."""
        return waiting.until(what, self.said)

    def says(self, text: str) -> bool:
        """Return whether it has said so."""
        return text in self.said.read_text()

    def requests(self) -> int:
        """Return how many requests it counted last, -1 before it has counted."""
        counted = STATE.findall(self.said.read_text())
        return int(counted[-1][1]) if counted else -1

    def control_c(self) -> int:
        """Press it; return the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(END_S)
