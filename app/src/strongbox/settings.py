"""Configuration: read once at start from the environment and from secret files, then frozen."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from strongbox.exceptions import ConfigurationError
from strongbox.secret import Secret, read_key_encryption_keys, read_secret_keys
from strongbox.vault.ceiling import Ceiling

Mode = Literal["public", "lan", "private"]
"""Who may connect: anyone through the proxy, private networks only, this machine only."""

PREFIX = "STRONGBOX_"
HELD_HOSTS = ("127.0.0.1", "localhost")
"""Always trusted, beside TRUSTED_HOSTS: health checks use them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set; the variable of `data_dir` is `STRONGBOX_DATA_DIR`, and so on.

    Attributes:
        data_dir: folder of all data, writable, on a local disk.
        secret_keys: sign session cookies; the first signs, all verify (file `secret_key`, one per line).
        key_encryption_keys: version to key; the highest version is active (file `kek`).
        mode: who may connect.
        release: what the X-Release header says (variable `RELEASE`).
        proxy_hops: how many proxies in front are trusted to name the visitor's address.
        trusted_hosts: host names that the app answers to; any where empty.
        cors_origins: sites whose scripts may call the API; none where empty.
        sign_up_open: whether strangers may open an account.
        sign_ups_per_hour: how often a network may try to open an account; 100 serve a class of thirty.
        vault_records: how many records one person may keep.
        vault_mib: how large one person's database may be, its history included, in MiB.
        contact: an address shown on the pages.
        session_idle: a login ends when it was not used for so long.
        session_absolute: a login ends after so long in any case.
        access_token_life: how long an API token is good before it must be refreshed.
        rotate_after: a vault's key of this age is replaced at the next login.
    """

    data_dir: Path
    secret_keys: tuple[Secret, ...]
    key_encryption_keys: Mapping[int, Secret]
    mode: Mode = "public"
    release: str = "unreleased"
    proxy_hops: int = 1
    trusted_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    sign_up_open: bool = True
    sign_ups_per_hour: int = 100
    vault_records: int = Ceiling.records
    vault_mib: int = Ceiling.mib
    contact: str = ""
    session_idle: timedelta = timedelta(minutes=30)
    session_absolute: timedelta = timedelta(hours=12)
    access_token_life: timedelta = timedelta(minutes=10)
    rotate_after: timedelta = timedelta(days=30)

    @property
    def single_user(self) -> bool:
        """Whether there is one account only, that of the person at this machine."""
        return self.mode == "private"

    @property
    def ceiling(self) -> Ceiling:
        """How much one person may keep."""
        return Ceiling(self.vault_records, self.vault_mib)

    @property
    def https(self) -> bool:
        """Whether visitors come by HTTPS: always, when a proxy is in front."""
        return self.mode == "public"


def settings_from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Args:
        environment: variables `STRONGBOX_*` and `RELEASE`; `STRONGBOX_SECRETS_DIR` names the folder
            of the files `secret_key` and `kek`.

    Raises:
        ConfigurationError: a variable is unknown or has a bad value, or a secret file is missing or malformed.
    """
    given = {name.removeprefix(PREFIX): value for name, value in environment.items() if name.startswith(PREFIX)}
    secrets_dir = Path(given.pop("SECRETS_DIR", "/run/secrets"))
    data_dir = Path(given.pop("DATA_DIR", "/data"))
    unknown = sorted(given.keys() - PARSERS.keys())
    if unknown:
        known = ", ".join(sorted([*PARSERS, "DATA_DIR", "SECRETS_DIR"]))
        raise ConfigurationError(f"{PREFIX}{unknown[0]} is not a setting; known: {known}.")
    return Settings(
        data_dir=data_dir,
        secret_keys=read_secret_keys(secrets_dir / "secret_key"),
        key_encryption_keys=read_key_encryption_keys(secrets_dir / "kek"),
        release=environment.get("RELEASE", "unreleased"),
        **{name.lower(): PARSERS[name](name, value) for name, value in given.items()},
    )


def _mode(name: str, value: str) -> str:
    if value not in get_args(Mode):
        raise ConfigurationError(f"{PREFIX}{name} is {value!r}; it can be one of {', '.join(get_args(Mode))}.")
    return value


def _whole_number(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise ConfigurationError(f"{PREFIX}{name} is {value!r}; it must be a whole number, 0 or more.")
    return int(value)


def _positive(name: str, value: str) -> int:
    if not _whole_number(name, value):
        raise ConfigurationError(f"{PREFIX}{name} is {value!r}; it must be 1 or more.")
    return int(value)


def _yes_or_no(name: str, value: str) -> bool:
    if value not in {"yes", "no"}:
        raise ConfigurationError(f"{PREFIX}{name} is {value!r}; it must be yes or no.")
    return value == "yes"


def _text(_: str, value: str) -> str:
    return value


def _names(_: str, value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


PARSERS: dict[str, Callable[[str, str], Any]] = {
    "MODE": _mode,
    "PROXY_HOPS": _whole_number,
    "TRUSTED_HOSTS": _names,
    "CORS_ORIGINS": _names,
    "SIGN_UP_OPEN": _yes_or_no,
    "SIGN_UPS_PER_HOUR": _positive,
    "VAULT_RECORDS": _positive,
    "VAULT_MIB": _positive,
    "CONTACT": _text,
}
