"""A command of an app's image runs beside root: it may write what it likes, and take no more than its time."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import hook
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import HookError

from .released import tiny_app

MIB = 1024 * 1024


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App.parse(tiny_app(tmp_path))


def run(app: App, code: str, timeout_s: int = 30) -> HookError:
    """Run a command that fails and return how that is told."""
    with pytest.raises(HookError) as caught:
        hook._run([sys.executable, "-c", code], app, "release hook", timeout_s, environment={})
    assert isinstance(caught.value, HookError)
    return caught.value


def test_of_much_output_only_the_end_is_kept(app: App) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code = "import sys\nfor _ in range(256): sys.stdout.write('x' * 2**20)\nprint(); print('the reason'); sys.exit(3)"
    error = run(app, code)
    assert "exited with code 3" in error.what
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 128 * MIB
    assert error.evidence[-1] == "the reason"
    assert sum(map(len, error.evidence)) <= hook.TAIL_BYTES


@pytest.mark.parametrize(
    "code", ["while True: print('again')", "import os, time; os.close(1); os.close(2); time.sleep(60)"]
)
def test_what_never_ends_is_stopped_in_time(app: App, code: str) -> None:
    began = time.monotonic()
    assert "was stopped after 1 s" in run(app, code, timeout_s=1).what
    assert time.monotonic() - began < 30


def test_what_goes_well_says_nothing(app: App) -> None:
    hook._run([sys.executable, "-c", "print('fine')"], app, "snapshot", 30, environment={})
