"""A command of an app's image runs beside root: it may write what it likes, and take no more than its time."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import commands
from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.commands import CommandError
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import HookError
from ansible_collections.slipway.kit.plugins.module_utils.release.hook import run_hook
from ansible_collections.slipway.kit.plugins.module_utils.release.one_off import OneOff
from ansible_collections.slipway.kit.plugins.module_utils.release.records import Records, Release

from .released import tiny_app

MIB = 1024 * 1024


def run(code: str, timeout_s: int = 30) -> CommandError:
    """Run a command that fails and return how."""
    with pytest.raises(CommandError) as caught:
        commands.run([sys.executable, "-c", code], timeout_s, {})
    assert isinstance(caught.value, CommandError)
    return caught.value


def test_of_much_output_only_the_end_is_kept() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code = "import sys\nfor _ in range(256): sys.stdout.write('x' * 2**20)\nprint(); print('the reason'); sys.exit(3)"
    error = run(code)
    assert error.why == "exited with code 3"
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 128 * MIB
    assert error.evidence[-1] == "the reason"
    assert sum(map(len, error.evidence)) <= commands.TAIL_BYTES


@pytest.mark.parametrize(
    "code", ["while True: print('again')", "import os, time; os.close(1); os.close(2); time.sleep(60)"]
)
def test_what_never_ends_is_stopped_in_time(code: str) -> None:
    began = time.monotonic()
    assert run(code, timeout_s=1).why == "was stopped after 1 s"
    assert time.monotonic() - began < 30


def test_what_goes_well_returns_what_it_wrote() -> None:
    assert commands.run([sys.executable, "-c", "print('fine')"], 30, {}) == ["fine"]


class Removals(Engine):
    """Removes nothing and writes down what."""

    def __init__(self) -> None:
        super().__init__("/nowhere")
        self.removed: list[str] = []

    def remove(self, name: str) -> None:
        self.removed.append(name)


def test_a_hook_that_fails_is_told_and_leaves_no_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise CommandError("exited with code 3", ["the reason"])

    app, engine = App.parse(tiny_app(tmp_path, hook=["migrate", "--all"])), Removals()
    monkeypatch.setattr(commands, "run", fails)
    with pytest.raises(HookError) as failed:
        run_hook(
            OneOff(app, Records(app), engine), app, Release("a" * 12, "sha256:1", "", 0, "", 0, 0, "tester"), "blue"
        )
    assert str(failed.value) == (
        "tiny: the release hook exited with code 3. Visitors still get the old release, its data as the command left it"
        ".\n  the reason\nNext: correct `migrate --all` and deploy again"
    )
    assert engine.removed == ["tiny-hook", "tiny-hook"], "of a run that died, and its own"
