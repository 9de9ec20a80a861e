"""Starting with wrong keys or configuration: one sentence, exit code 3, nothing touched (fault Z-22)."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from strongbox.settings import Settings
from tests.conftest import STRONG
from tests.visitor import Visitor

KEK = "1:" + base64.b64encode(bytes(32)).decode()
OTHER = "1:" + base64.b64encode(b"o" * 32).decode()


@pytest.fixture
def secrets_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "secret_key").write_text("s" * 40)
    (folder / "kek").write_text(KEK)
    return folder


def flask(command: list[str], data: Path, secrets_dir: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"STRONGBOX_DATA_DIR": str(data), "STRONGBOX_SECRETS_DIR": str(secrets_dir), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=environment | more, capture_output=True, text=True, timeout=300, check=False)


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


SERVER = [sys.executable, "-m", "strongbox.serve"]
COMMAND = [sys.executable, "-m", "flask", "--app", "strongbox", "db", "upgrade"]


@pytest.fixture
def data(app: Flask, settings: Settings, secrets_dir: Path) -> Path:
    """A data folder written under the key in the kek file."""
    (secrets_dir / "kek").write_text("1:" + base64.b64encode(settings.key_encryption_keys[1].reveal()).decode())
    return settings.data_dir


@pytest.mark.parametrize(
    ("command", "kek", "message"),
    [
        (SERVER, None, "kek is missing: provide `kek`"),
        (SERVER, "rubbish", "line 1: expected"),
        (SERVER, OTHER, "Key 1 of the kek file is not the one that the data was written with"),
        (COMMAND, OTHER, "Key 1 of the kek file is not the one that the data was written with"),
        (SERVER, "2:" + OTHER[2:], "The data needs key-encryption key 1, which the kek file lacks"),
    ],
    ids=["missing", "malformed", "wrong", "wrong for a command", "newer only"],
)
def test_a_missing_or_wrong_key_file_stops_the_start_and_nothing_is_touched(
    data: Path, secrets_dir: Path, command: list[str], kek: str | None, message: str
) -> None:
    before = listing(data)
    (secrets_dir / "kek").unlink()
    if kek:
        (secrets_dir / "kek").write_text(kek)
    result = flask(command, data, secrets_dir)
    assert result.returncode == 3, result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert listing(data) == before


def test_a_misspelt_variable_stops_the_start(tmp_path: Path, secrets_dir: Path) -> None:
    result = flask(SERVER, tmp_path, secrets_dir, STRONGBOX_SIGNUP_OPEN="no")
    assert result.returncode == 3
    assert result.stderr.startswith("STRONGBOX_SIGNUP_OPEN is not a setting; known: ")


def test_without_the_check_file_a_vault_tells_whether_the_key_is_right(anna: Visitor, make_app: object) -> None:
    from strongbox.exceptions import ConfigurationError
    from strongbox.secret import Secret
    from strongbox.services import services

    with anna.client.application.app_context():
        services().vaults.check_file.unlink()
    with pytest.raises(ConfigurationError, match=r"kek-check.json is missing, and"):
        make_app(key_encryption_keys={1: Secret(b"x" * 32)})
    again = Visitor(make_app())
    assert again.log_in("anna", STRONG).status_code == 302


def test_a_sqlcipher_that_can_lose_data_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:  # B-04, B-10
    from strongbox.exceptions import ConfigurationError
    from strongbox.vault import cipher

    cipher.require_library()
    monkeypatch.setattr(cipher, "MIN_VERSION", (99, 0))
    with pytest.raises(ConfigurationError, match="can lose data at a key rotation"):
        cipher.require_library()
    monkeypatch.setattr(cipher, "MIN_VERSION", (4, 19))
    monkeypatch.setattr(cipher, "PINNED_SETTINGS", set())
    with pytest.raises(ConfigurationError, match="unexpected settings"):
        cipher.require_library()
