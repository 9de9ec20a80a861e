"""A control machine that dies at any task: the next run finishes the work. Before that: check mode on a bare host."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import time

import pytest

from slipway.demo.run import DECLARED, HOST, domains
from slipway.places import KIT
from slipway.rig import Rig
from slipway.rig.play import command, environment

HOSTS = {HOST: domains()}
# Each run is killed a random while after it began a task whose number is drawn from one of these.
WINDOWS = [(2, 20), (15, 40), (35, 60)]
pytestmark = pytest.mark.rig


def killed_at(rig: Rig, task: int, delay_s: float) -> str:
    """Run site.yml and kill it, with all that it started here, `delay_s` into a task; return the task's line."""
    run = subprocess.Popen(
        command("playbooks/site.yml", [DECLARED.folder, rig.inventory]),
        cwd=KIT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert run.stdout
    began = (line for line in run.stdout if line.startswith("TASK"))
    title = next(itertools.islice(began, task, None), "")
    time.sleep(delay_s)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
    assert title, f"the run ended before task {task}"
    return title.strip()


def test_check_mode_on_a_bare_host_ends_without_error(rig: Rig) -> None:
    rig.play("playbooks/site.yml", "--check", "--diff").check()


def test_a_run_killed_at_random_tasks_is_finished_by_the_next(rig: Rig) -> None:
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    story = [killed_at(rig, chance.randint(*window), chance.uniform(0, 1)) for window in WINDOWS]
    print(f"seed {seed}, killed in:", *story, sep="\n  ")
    rig.play("playbooks/site.yml").check()
    assert rig.visitor.curl(f"https://{domains()[0]}/", "--fail").returncode == 0


def test_after_that_nothing_is_left_to_change(rig: Rig) -> None:
    again = rig.play("playbooks/site.yml").check()
    assert again.changed == 0, again.stdout
