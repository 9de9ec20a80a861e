"""The one-file program: built by PyInstaller, used where there is no network at all (R2.1)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

USE = Path(__file__).with_name("use_offline.sh")


@pytest.fixture(scope="module")
def executable() -> Path:
    made = subprocess.run(
        ["make", "-C", str(ROOT), "executable"], capture_output=True, text=True, timeout=600, check=False
    )
    assert made.returncode == 0, made.stderr
    return ROOT / "dist" / "strongbox"


def test_it_works_in_an_empty_network_namespace(executable: Path, tmp_path: Path) -> None:
    isolated = ["unshare", "--net", "--mount", "bash", "-c", 'mount -t sysfs sysfs /sys; exec bash "$@"', "use"]
    result = subprocess.run(
        [*isolated, str(USE), str(executable), str(tmp_path / "data")],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == 0, result.stderr + (tmp_path / "data.log").read_text()
    assert result.stdout.splitlines() == ['{"status":"ready"}', "302", "302", "Kept offline", "lo"]
    assert (tmp_path / "data" / "private" / "keys" / "kek").exists()
