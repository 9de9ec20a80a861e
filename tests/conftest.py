"""Make the kit's module_utils importable as Ansible imports them, and share work out over the workers.

`from ansible.module_utils.appspec import complete` works in tests as it does in plugins.
"""

from __future__ import annotations

from pathlib import Path

import ansible.module_utils
import pytest

from tests.summary import note, pytest_terminal_summary  # noqa: F401 - a fixture and a hook are found by their names

ROOT = Path(__file__).resolve().parent.parent

ansible.module_utils.__path__.append(str(ROOT / "plugins" / "module_utils"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one end-to-end file on one worker: they share a throw-away host, which takes long to make."""
    for item in items:
        if "e2e" in item.path.parts and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
