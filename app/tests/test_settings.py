from __future__ import annotations

from pathlib import Path

import pytest

from strongbox.exceptions import ConfigurationError
from strongbox.settings import settings_from_environment


@pytest.fixture
def secrets_dir(tmp_path: Path) -> Path:
    (tmp_path / "secret_key").write_text("s" * 40)
    (tmp_path / "kek").write_text("1:" + "A" * 43 + "=")
    return tmp_path


def test_the_environment_names_folders_mode_and_release(secrets_dir: Path) -> None:
    settings = settings_from_environment(
        {"STRONGBOX_DATA_DIR": "/srv/data", "STRONGBOX_SECRETS_DIR": str(secrets_dir), "RELEASE": "r42", "HOME": "/"}
    )
    assert (settings.data_dir, settings.mode, settings.release) == (Path("/srv/data"), "public", "r42")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("STRONGBOX_DATADIR", "/data", "STRONGBOX_DATADIR is not a setting"),
        ("STRONGBOX_MODE", "open", "STRONGBOX_MODE is 'open'; it can be one of public, lan, private"),
        ("STRONGBOX_PROXY_HOPS", "-1", "STRONGBOX_PROXY_HOPS is '-1'; it must be a whole number"),
        ("STRONGBOX_VAULT_MIB", "0", "STRONGBOX_VAULT_MIB is '0'; it must be 1 or more"),
        ("STRONGBOX_SIGN_UPS_PER_HOUR", "0", "STRONGBOX_SIGN_UPS_PER_HOUR is '0'; it must be 1 or more"),
    ],
)
def test_a_bad_variable_is_refused_by_name(secrets_dir: Path, variable: str, value: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        settings_from_environment({"STRONGBOX_SECRETS_DIR": str(secrets_dir), variable: value})
