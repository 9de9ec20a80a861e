"""A network of its own, loopback and nothing else: cloudflared calls out, whatever flags it gets."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Ends with the standard input that the test holds, however the test ends.
HOLD = 'mount --bind "$1" /etc/hosts && ip link set lo up && echo up && exec cat'


class NoNamespaceError(Exception):
    """This machine does not let the tests have a network of their own."""


@dataclass(frozen=True)
class Namespace:
    """The namespaces (network, mounts) of the process `pid`."""

    pid: int

    @classmethod
    @contextmanager
    def made(cls, folder: Path, names: Mapping[str, str]) -> Iterator[Namespace]:
        """Have such a network while the context is open.

        Args:
            folder: where to write its hosts file.
            names: host name -> loopback address, all that can be resolved in there.

        Raises:
            NoNamespaceError: it takes root and the program `ip`.
        """
        hosts = folder / "hosts"
        hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{at} {name}\n" for name, at in names.items()))
        held = ["unshare", "--net", "--mount", "sh", "-c", HOLD, "hold", str(hosts)]
        pipe = subprocess.PIPE
        with subprocess.Popen(held, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as holder:
            if not (holder.stdout and holder.stdout.readline() == "up\n"):
                raise NoNamespaceError(holder.communicate()[1].strip())
            yield cls(holder.pid)
            holder.communicate()

    def command(self, argv: Sequence[str], folder: Path) -> list[str]:
        """Return the command line that runs `argv` in there, with `folder` as working directory."""
        return ["nsenter", "--target", str(self.pid), "--net", "--mount", f"--wdns={folder}", *argv]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Have this thread in there, to make sockets: each stays in the network where it was made."""
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
        try:
            _set(there)
            yield
        finally:
            _set(here)
            os.close(here)
            os.close(there)


def _set(namespace: int) -> None:
    """Do what `os.setns` does from Python 3.12 on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, 0):
        raise OSError(ctypes.get_errno(), "setns")
