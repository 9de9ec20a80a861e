"""What is left in a folder after power loss, worked out from the system calls of a process that worked in it.

The model is harsher than any file system: without fsync(2) of a file nothing of what was written to it need be there,
or any part of it; without fsync(2) of the folder no name need have been made, renamed or deleted.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink"
STANDARD_OUTPUT = os.devnull
"""Where a traced program's output goes: only the calls are read."""

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""


@dataclass(frozen=True)
class Call:
    """One system call that succeeded; paths and data are the strings among its arguments."""

    name: str
    path: str
    strings: Sequence[bytes]
    text: str


def traced(command: Sequence[str], trace: Path) -> None:
    """Run a program and write down its system calls."""
    strace = ["strace", "-y", "-xx", "-s", "1000000", "-e", f"trace={CALLS}", "-o", str(trace)]
    subprocess.run([*strace, *command], check=True, stdout=subprocess.DEVNULL)


def calls(trace: Path) -> Iterator[Call]:
    """Read what `traced` wrote."""
    for line in trace.read_text().splitlines():
        found = re.fullmatch(r"(\w+)\((?:\d+<([^>]*)>)?(.*)\) += \d+.*", line)
        if found:
            name, path, rest = found.groups()
            strings = [_bytes(text) for text in re.findall(r'"((?:\\x..)*)"', rest)]
            yield Call(name, os.fsdecode(_bytes(path or "")), strings, rest)


@dataclass
class File:
    """What is safe, and what was done to it since."""

    safe: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Data at an offset, or None for a new size."""

    def after(self, changes: Sequence[tuple[int, bytes | None]]) -> bytes:
        content = bytearray(self.safe)
        for at, data in changes:
            if data is None:
                content = content[:at].ljust(at, b"\0")
            else:
                content = content.ljust(at, b"\0")
                content[at : at + len(data)] = data
        return bytes(content)

    @property
    def content(self) -> bytes:
        return self.after(self.pending)


class Disk:
    """One folder without subfolders; at the start all of it is safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = {path.name: File(path.read_bytes()) for path in folder.iterdir()}
        self.safe_names = dict(self.names)
        self.pending_names: list[dict[str, File]] = []

    def do(self, call: Call) -> bool:
        """Follow one call; tell whether it changed anything here."""
        if call.name in {"openat", "rename", "unlink"}:
            return self._name(call)
        if call.path == str(self.folder):
            self.safe_names, self.pending_names = dict(self.names), []
            return True
        file = self.names.get(self._inside(call.path))
        if file is None:
            return False
        if call.name in {"fsync", "fdatasync"}:
            file.safe, file.pending = file.content, []
        elif call.name == "ftruncate":
            file.pending.append((_last_number(call), None))
        else:
            at = _last_number(call) if call.name == "pwrite64" else len(file.content)
            file.pending.append((at, call.strings[0]))
        return True

    def left(self, *, safe_only: bool = False) -> dict[str, bytes]:
        """Return the files that are there when all that was done is, or only what is safe."""
        names = self.safe_names if safe_only else self.names
        return {name: file.safe if safe_only else file.content for name, file in names.items()}

    def left_by(self, chance: random.Random) -> dict[str, bytes]:
        """Return what is there when chance decides: some names, some of the data, some sectors of a page."""
        states = [self.safe_names, *self.pending_names]
        names = chance.choice(states)
        return {name: file.after(list(_survivors(file.pending, chance))) for name, file in names.items()}

    def _name(self, call: Call) -> bool:
        first, *others = (self._inside(os.fsdecode(string)) for string in call.strings)
        if not first:
            return False
        if call.name == "openat":
            file = self.names.get(first)
            if file is not None:
                if "O_TRUNC" in call.text:
                    file.pending.append((0, None))
                return "O_TRUNC" in call.text
            self.names[first] = File()
        else:
            file = self.names.pop(first)
            if others:
                self.names[others[0]] = file
        self.pending_names.append(dict(self.names))
        return True

    def _inside(self, path: str) -> str:
        return Path(path).name if Path(path).parent == self.folder else ""


def _survivors(
    changes: Sequence[tuple[int, bytes | None]], chance: random.Random
) -> Iterator[tuple[int, bytes | None]]:
    for at, data in changes:
        if chance.random() < 0.5:
            yield at, data
        elif data is not None:
            yield at, data[: chance.randrange(0, len(data) + 1, SECTOR)]


def _last_number(call: Call) -> int:
    return int(re.findall(r"\d+", call.text)[-1])


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
