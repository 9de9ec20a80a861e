"""Processes that are killed with SIGKILL while they work."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def start(work: Callable[[], None]) -> int:
    """Run something in a process of its own; return its id."""
    process = os.fork()
    if process == 0:
        try:
            work()
        finally:
            os._exit(0)
    return process


def kill(process: int) -> None:
    """End a process as a power cut would, and wait until it is gone."""
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


@contextmanager
def working(work: Callable[[int], None]) -> Iterator[int]:
    """Run something that tells by its pipe when it is at work, and yield its process then."""
    reader, writer = os.pipe()
    try:
        process = start(lambda: work(writer))
        os.read(reader, 1)
        yield process
    finally:
        os.close(reader)
        os.close(writer)


def dies(work: Callable[[], None]) -> bool:
    """Run something; tell whether SIGKILL ended it."""
    _, status = os.waitpid(start(work), 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def kill_myself() -> None:
    """Die at this instant."""
    os.kill(os.getpid(), signal.SIGKILL)
