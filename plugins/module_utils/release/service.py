"""One service of an app: a database, a queue, whatever outlives releases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """What the engine knows of a service; `url` has the places {user}, {password}, {host} and {port}."""

    name: str
    uid: int
    port: int
    url: str
    stop_grace_s: int

    @classmethod
    def parse(cls, given: object) -> Service:
        """Read an item of `services` of a completed app.

        Raises:
            KeyError, TypeError, ValueError: a value is missing or has the wrong type.
        """
        if not isinstance(given, Mapping):
            raise TypeError(f"a service: a mapping is expected, this is {given!r}")
        return cls(
            name=str(given["name"]),
            uid=int(given["uid"]),
            port=int(given["port"]),
            url=str(given["url"]),
            stop_grace_s=int(given["stop_grace_seconds"]),
        )

    @property
    def image(self) -> str:
        """The name of its image among those of a release."""
        return f"services/{self.name}"

    def address(self, user: str, password: str) -> str:
        """Return the whole URL, empty where the service has none."""
        return self.url.format(user=user, password=password, host=self.name, port=self.port) if self.url else ""
