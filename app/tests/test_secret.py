"""Secrets: files that are missing or malformed stop the start with one sentence."""

from __future__ import annotations

import base64
import json
import pickle
from pathlib import Path

import pytest

from strongbox.exceptions import ConfigurationError
from strongbox.secret import Secret, read_key_encryption_keys, read_secret_keys

KEY = base64.b64encode(bytes(range(32))).decode()


def test_a_secret_shows_as_redacted_in_repr_str_and_format() -> None:
    secret = Secret(b"canary")
    assert {repr(secret), str(secret), f"{secret}", repr([secret])[1:-1]} == {"[redacted]"}


def test_a_secret_can_be_neither_json_nor_pickle() -> None:
    with pytest.raises(TypeError):
        json.dumps(Secret(b"canary"))
    with pytest.raises(TypeError, match="cannot be serialised"):
        pickle.dumps(Secret(b"canary"))


def test_key_encryption_keys_are_read_by_version(tmp_path: Path) -> None:
    file = tmp_path / "kek"
    file.write_text(f"1:{KEY}\n\n2:{KEY}\n")
    keys = read_key_encryption_keys(file)
    assert sorted(keys) == [1, 2]
    assert keys[1].reveal() == bytes(range(32))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no key"),
        (f"{KEY}\n", "line 1: expected `<version>:<base64 of 32 bytes>`"),
        ("1:c2hvcnQ=\n", "line 1: expected"),
        (f"1:{KEY}\n1:{KEY}\n", "line 2: version 1 is there twice"),
        (f"0:{KEY}\n", "line 1: expected"),
        (f"²:{KEY}\n", "cannot be read"),
    ],
)
def test_a_malformed_kek_file_is_refused_with_its_line(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "kek"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match="kek") as refusal:
        read_key_encryption_keys(file)
    assert message in str(refusal.value)


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"secret_key is missing: provide `secret_key`"):
        read_secret_keys(tmp_path / "secret_key")


def test_a_short_secret_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    file.write_text("too-short\n")
    with pytest.raises(ConfigurationError, match="9 bytes; it needs at least 32"):
        read_secret_keys(file)


def test_the_first_secret_key_signs_and_the_others_stay_valid(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    file.write_text("n" * 32 + "\n" + "o" * 32 + "\n")
    assert [key.reveal()[:1] for key in read_secret_keys(file)] == [b"n", b"o"]
