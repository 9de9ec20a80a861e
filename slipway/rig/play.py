"""Run a playbook against a rig and read what it says about itself."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slipway.places import KIT
from slipway.playbook import program, surroundings

RECAP = re.compile(r"^(?:.*\| )?(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Played:
    """The end of a playbook run."""

    rc: int
    stdout: str

    @property
    def changed(self) -> int:
        """How many tasks changed something, on all hosts together."""
        return sum(int(recap[2]) for recap in RECAP.findall(self.stdout))

    def check(self) -> Played:
        """Return itself.

        Raises:
            AssertionError: the run failed; the message holds the output's end.
        """
        if self.rc:
            raise AssertionError(f"ansible-playbook ended with {self.rc}\n{self.stdout[-6000:]}")
        return self


def command(playbook: str, inventories: Sequence[str | Path], *args: str) -> list[str]:
    """Return the command line of a run."""
    options = [option for inventory in inventories for option in ("-i", str(inventory))]
    return [program("ansible-playbook"), *options, playbook, *args]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which output is the plain text that `Played` reads."""
    fixed = {
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
    }
    return surroundings(extra={**fixed, **(extra or {})})


def play(
    playbook: str, inventories: Sequence[str | Path], *args: str, extra: Mapping[str, str] | None = None
) -> Played:
    """Run a playbook from the root of the repository; `extra` adds environment variables."""
    done = subprocess.run(
        command(playbook, inventories, *args),
        cwd=KIT,
        env=environment(extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Played(done.returncode, done.stdout)
