"""What a worker must not load: it would cost memory for nothing (R0.5)."""

from __future__ import annotations

import subprocess
import sys


def test_a_worker_loads_neither_migration_tools_nor_the_desktops_server() -> None:
    unwanted = ["alembic", "waitress", "segno"]
    program = f"import sys, strongbox.factory; print([name for name in {unwanted} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
