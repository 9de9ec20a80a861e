"""Configuration: read once at start from the environment and from secret files, then frozen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from strongbox.failures import ConfigurationError
from strongbox.secret import Secret, read_key_encryption_keys, read_secret_keys

Mode = Literal["public", "lan", "private"]
"""Who may connect: anyone through the proxy, private networks only, this machine only."""

PREFIX = "STRONGBOX_"
KNOWN = frozenset({"DATA_DIR", "SECRETS_DIR", "MODE", "PROXY_HOPS"})


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set.

    Attributes:
        data_dir: folder of all data, writable.
        secret_keys: sign session cookies; the first signs, all verify.
        key_encryption_keys: version to key; the highest version is active.
        mode: who may connect.
        proxy_hops: how many proxies in front are trusted to name the visitor's address.
        release: what the X-Release header says.
    """

    data_dir: Path
    secret_keys: tuple[Secret, ...]
    key_encryption_keys: Mapping[int, Secret]
    mode: Mode = "public"
    proxy_hops: int = 1
    release: str = "unreleased"


def settings_from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Args:
        environment: variables `STRONGBOX_*` and `RELEASE`; `STRONGBOX_SECRETS_DIR` names the folder
            of the files `secret_key` and `kek`.

    Raises:
        ConfigurationError: a variable is unknown or has a bad value, or a secret file is missing or malformed.
    """
    given = {name.removeprefix(PREFIX): value for name, value in environment.items() if name.startswith(PREFIX)}
    unknown = sorted(given.keys() - KNOWN)
    if unknown:
        raise ConfigurationError(f"{PREFIX}{unknown[0]} is not a setting; known: {', '.join(sorted(KNOWN))}.")
    secrets_dir = Path(given.get("SECRETS_DIR", "/run/secrets"))
    return Settings(
        data_dir=Path(given.get("DATA_DIR", "/data")),
        secret_keys=read_secret_keys(secrets_dir / "secret_key"),
        key_encryption_keys=read_key_encryption_keys(secrets_dir / "kek"),
        mode=_mode(given.get("MODE", "public")),
        proxy_hops=_whole_number("PROXY_HOPS", given.get("PROXY_HOPS", "1")),
        release=environment.get("RELEASE", "unreleased"),
    )


def _mode(value: str) -> Mode:
    for mode in get_args(Mode):
        if value == mode:
            return mode  # type: ignore[no-any-return]
    raise ConfigurationError(f"{PREFIX}MODE is {value!r}; it can be one of {', '.join(get_args(Mode))}.")


def _whole_number(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise ConfigurationError(f"{PREFIX}{name} is {value!r}; it must be a whole number, 0 or more.")
    return int(value)
