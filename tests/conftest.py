"""Share work out over the workers."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests import collection  # noqa: F401 - before all that imports from it

# Fixtures and hooks are found by their names.
from tests.cloudflared import cloudflared, pytest_runtest_setup  # noqa: F401
from tests.summary import note, pytest_terminal_summary  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent

# What a script starts with "&" is deaf to Ctrl-C, what `nohup` starts to a hang-up; so would be all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Ansible refuses a login whose locale is not UTF-8, and no test is about that.
os.environ["LC_ALL"] = "C.UTF-8"

# In a clone messages name commands as `make` takes them; tests read one spelling.
os.environ["SLIPWAY_SPELLING"] = "slipway"

END_TO_END = ROOT / "tests" / "e2e"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep the tests of one file or folder of end-to-end tests on one worker: they share a throw-away host.

    At collection already: pytest-xdist reads the groups before a conftest's `pytest_collection_modifyitems` runs.
    """
    if item.path.is_relative_to(END_TO_END):
        item.add_marker(pytest.mark.xdist_group(item.path.relative_to(END_TO_END).parts[0]))


# What takes longest begins first, so that nothing ends alone: minutes on two cores, by group or scenario.
LONGEST_FIRST = (
    *("release", "upgrade", "test_roles.py::test_a_bare_host_converges_and_stays[caddy]", "test_lockout.py"),
    *("test_real_host.py", "test_collection.py", "gitlab", "test_demo.py", "tunnel", "test_installed.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests of hosts by how long their group takes; all others stay as they are."""

    def rank(item: pytest.Item) -> int:
        return next((at for at, name in enumerate(LONGEST_FIRST) if f"/{name}" in item.nodeid), len(LONGEST_FIRST))

    if any(item.get_closest_marker("rig") for item in items):
        items.sort(key=rank)
