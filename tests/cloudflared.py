"""The real cloudflared, for tests that judge what is written for it; where it isn't available, the summary says so."""

from __future__ import annotations

import functools
import os
import platform
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import ArtifactError, architecture_of, fetch, load

from .summary import note_for

# Names a program to take instead of the pinned one, for those who build it themselves.
BY_HAND = "SLIPWAY_TEST_CLOUDFLARED"


@dataclass(frozen=True)
class Found:
    """Where the program is, or why there is none."""

    path: Path | None
    remark: str = ""


@functools.cache
def found() -> Found:
    """Look for the program, as the kit does; once, since sources that don't answer take seconds."""
    given = os.environ.get(BY_HAND)
    if given:
        return Found(Path(given), f"cloudflared: {given}, named by {BY_HAND}, not the pinned program")
    try:
        return Found(fetch(load("cloudflared", architecture_of(platform.machine()))))
    except ArtifactError as error:
        reason = " ".join(line.strip() for line in str(error).splitlines()[:2])
        return Found(None, f"cloudflared isn't available, and {BY_HAND} names none. {reason}")


@pytest.fixture(scope="session")
def cloudflared() -> Path:
    """Return the program, to tests that are marked `cloudflared`."""
    path = found().path
    assert path
    return path


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is marked `cloudflared` where there is none, before anything is set up for it; the summary says so."""
    if not item.get_closest_marker("cloudflared"):
        return
    program = found()
    if program.remark:
        note_for(item, "given by hand" if program.path else "did not run", program.remark)
    if not program.path:
        sentence = item.name.removeprefix("test_").replace("_", " ")
        note_for(item, "did not run", f"cloudflared itself: {sentence}")
        pytest.skip(program.remark)
