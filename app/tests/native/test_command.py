"""The `strongbox` command, as a person starts it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from strongbox.native.command import lan_address
from strongbox.native.paths import choose, provide

COMMAND = [sys.executable, "-m", "strongbox", "--port", "0", "--no-browser"]


def started(*words: str) -> tuple[subprocess.Popen[str], str]:
    """Start the command and wait for the address that it prints."""
    process = subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"Strongbox is at (http://\S+/)", line)
        if found:
            return process, found.group(1)
    raise AssertionError("it did not start")


@pytest.fixture
def private(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process, url = started("--data", str(tmp_path))
    yield process, url
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_it_serves_this_machine_and_stops_when_asked(private: tuple[subprocess.Popen[str], str]) -> None:
    process, url = private
    assert url.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(url) as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=120) == 0


def test_a_name_that_leads_here_from_elsewhere_is_refused(private: tuple[subprocess.Popen[str], str]) -> None:
    """A page elsewhere could point its own name to 127.0.0.1 and read what is served here."""
    request = urllib.request.Request(private[1], headers={"Host": "evil.test"})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)
    assert refusal.value.code == 400
    refusal.value.close()


def test_in_a_local_network_it_prints_an_address_and_a_code_to_scan(tmp_path: Path) -> None:
    process = subprocess.Popen([*COMMAND, "--lan", "--data", str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Strongbox is at" in line:
            break
    process.terminate()
    process.wait()
    process.stdout.close()
    assert f"http://{lan_address()}:" in lines[-1]
    assert sum("█" in line or "▀" in line for line in lines) > 10


def test_a_port_that_is_taken_is_said(private: tuple[subprocess.Popen[str], str], tmp_path: Path) -> None:
    port = private[1].rpartition(":")[2].strip("/")
    command = [sys.executable, "-m", "strongbox", "--no-browser", "--port", port, "--data", str(tmp_path / "2")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 4
    assert f"try `--port {int(port) + 1}`" in result.stderr


def test_data_goes_beside_the_program_where_there_is_a_folder_for_it(tmp_path: Path) -> None:
    program = tmp_path / "strongbox"
    assert tmp_path not in choose("private", None, program).data.parents
    (tmp_path / "strongbox-data").mkdir()
    assert choose("private", None, program).data == tmp_path / "strongbox-data" / "private" / "data"
    assert choose("lan", tmp_path / "x", program).keys == tmp_path / "x" / "lan" / "keys"


def test_keys_are_made_once_and_never_anew_when_there_is_data(tmp_path: Path) -> None:
    paths = choose("private", tmp_path, tmp_path / "strongbox")
    provide(paths)
    kek = (paths.keys / "kek").read_text()
    assert (paths.keys / "kek").stat().st_mode & 0o777 == 0o600
    provide(paths)
    assert (paths.keys / "kek").read_text() == kek
    (paths.data / "accounts.db").touch()
    (paths.keys / "kek").unlink()
    provide(paths)
    assert not (paths.keys / "kek").exists()
