"""What the host is told about its copies: /etc/slipway/backup.json, which role backup writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..release import files, inside
from .errors import BackupError

PATH = Path("/etc/slipway/backup.json")


@dataclass(frozen=True)
class Places:
    """Where the host keeps what belongs to its copies; all of it is root's.

    `secrets` holds the files `password`, `key` and `known_hosts`; `state` what was done, `cache` restic's own, `apps`
    a folder per app, `certificates` Caddy's.
    """

    secrets: Path = Path("/etc/slipway/backup")
    state: Path = Path("/var/lib/slipway/backup")
    cache: Path = Path("/var/cache/slipway-backup")
    apps: Path = inside.APPS
    certificates: Path = Path("/var/lib/caddy")


@dataclass(frozen=True)
class Config:
    """Where copies go, of what, and who is told.

    `host` is the name that they carry; `repository` is `ssh://...`, `sftp://...` or a folder; `apps` are the names of
    those with a mirror; `pings` are URLs by the verb that they hear of.
    """

    host: str
    repository: str
    apps: tuple[str, ...]
    pings: Mapping[str, str]
    places: Places = Places()

    @classmethod
    def read(cls, path: Path = PATH) -> Config:
        """Read what role backup wrote.

        Raises:
            BackupError: nothing is declared on this host, or the file is damaged.
        """
        given = files.read_json(path)
        if given is None:
            raise BackupError(
                f"{path} is not there or damaged: this host is not told where its copies go.",
                fix="declare `slipway_backup` in the inventory and run `slipway provision ENV`",
            )
        try:
            return cls.parse(given)
        except (KeyError, TypeError, ValueError) as error:
            raise BackupError(
                f"{path} is damaged: {error!r}.", fix="`slipway provision ENV` writes it again"
            ) from error

    @classmethod
    def parse(cls, given: Mapping[str, object]) -> Config:
        """Read it from what the file holds.

        Raises:
            KeyError, TypeError, ValueError: something is missing or has another form.
        """
        apps, pings = given["apps"], given["pings"]
        if not isinstance(apps, list) or not isinstance(pings, Mapping):
            raise TypeError("apps: a list is expected, pings: a mapping")
        return cls(
            host=str(given["host"]),
            repository=str(given["repository"]),
            apps=tuple(str(name) for name in apps),
            pings={str(verb): str(url) for verb, url in pings.items() if url},
        )
