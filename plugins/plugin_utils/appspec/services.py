"""What outlives releases: the databases, queues and caches of an app, each in a container of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of

from .checking import Problem, did_you_mean, filled
from .fields import SERVICE_FIELDS, VARIABLE_NAME
from .processes import IMAGE_KEYS, MAIN, RESERVED, image_faults
from .values import shown

Table = Mapping[str, object]

# Where the recipes of the kinds are, in the kit's own folder.
RECIPES = "compose/services"


@dataclass(frozen=True)
class Kind:
    """A service that the kit brings: who it runs as, what it listens on, and the form of its address.

    `url` has the places {user}, {password}, {host} and {port}; times are in seconds.
    """

    uid: int
    port: int
    url: str
    memory_mib: int
    versions: tuple[int, ...]
    stop_grace_s: int = 60


KINDS = {
    "postgresql": Kind(10002, 5432, "postgresql://{user}:{password}@{host}:{port}/{user}", 256, (17,)),
    "rabbitmq": Kind(10003, 5672, "amqp://{user}:{password}@{host}:{port}/{user}", 384, (4,)),
    "valkey": Kind(10004, 6379, "redis://{user}:{password}@{host}:{port}/0", 96, (8,)),
}
# Celery takes these for options of its own, which beat those of the app and lack the password.
NOT_AS_VARIABLES = ("BROKER_URL", "RESULT_BACKEND")


class Services:
    """The declared services of one app, completed, and who uses them.

    Args:
        app: the app with its defaults.
        declared: the same as it stands in the inventory.
        path: of it, for messages.
    """

    def __init__(self, app: Table, declared: Table, path: str) -> None:
        self._app, self._path = app, f"{path}.services"
        given = declared.get("services")
        named = given.items() if isinstance(given, Mapping) else ()
        self._declared = {str(name): one for name, one in named if isinstance(one, Mapping)}
        self.problems: list[str] = []
        self._filled = {
            name: filled(one, f"{self._path}.{name}", self.problems, SERVICE_FIELDS)
            for name, one in self._declared.items()
        }
        for name, one in self._filled.items():
            for key, text in self._faults(name, one):
                own = self._declared[name]
                where = {str(each): each for each in own}
                self.problems.append(Problem(text, place_of(where.get(key), own)))

    def completed(self) -> list[dict[str, object]]:
        """Return the services as the engine and the template of their Compose file want them."""
        return [self._completed(name) for name in self._filled]

    def images(self) -> dict[str, dict[str, object]]:
        """Return where their images come from, by the name of each image of the release."""
        return {f"services/{name}": self._image(one) for name, one in self._filled.items()}

    def uses_faults(self, used: object, path: str) -> Iterator[str]:
        """Yield what is wrong with the `uses` of the app or of a process."""
        for name, variable in uses_of(used).items():
            if name not in self._filled:
                hint = did_you_mean(name, self._filled)
                yield f"{path}.uses: there is no service {shown(name)}{hint}."
            elif variable in NOT_AS_VARIABLES:
                yield f"{path}.uses.{name}: Celery takes {variable} for an option of its own. Write QUEUE_URL."
            elif variable and not VARIABLE_NAME.fullmatch(variable):
                yield f"{path}.uses.{name}: {shown(variable)} is not the name of a variable, such as DATABASE_URL."

    def _completed(self, name: str) -> dict[str, object]:
        one = self._filled[name]
        kind = KINDS.get(str(one["kind"]))
        made = {key: one[key] for key in ("env", "command", "cpus", "pids", "tmpfs_mib", "data_path")}
        return made | {
            "name": name,
            "kind": one["kind"] or "",
            "uid": one["uid"] or (kind.uid if kind else self._app["uid"]),
            "port": one["port"] or (kind.port if kind else None),
            "url": one["url"] or (kind.url if kind else ""),
            "memory_mib": one["memory_mib"] or (kind.memory_mib if kind else 256),
            "stop_grace_seconds": one["stop_grace_seconds"] or (kind.stop_grace_s if kind else 20),
        }

    def _image(self, one: Table) -> dict[str, object]:
        if one["kind"]:
            made: dict[str, object] = {**dict.fromkeys(IMAGE_KEYS), "args": {}}
            return made | {"build": f"{RECIPES}/{one['kind']}", "of_the_kit": True}
        return {key: one[key] for key in IMAGE_KEYS}

    def _faults(self, name: str, one: Table) -> Iterator[tuple[str, str]]:
        path = f"{self._path}.{name}"
        if name in RESERVED or name in _names(self._app["processes"]):
            yield "", f"{path}: there is a process of that name, or the kit uses it itself. Choose another."
        sources = [key for key in ("kind", "build", "image") if one[key] is not None]
        if len(sources) != 1:
            yield "kind", f"{path}: exactly one of `kind`, `build` and `image` is expected."
            return
        yield from image_faults(one, path)
        kind, version = KINDS.get(str(one["kind"])), one["version"]
        if version is not None and kind is None:
            yield "version", f"{path}.version: it belongs to a `kind`; here the image says it."
        if kind and version is not None and version not in kind.versions:
            known = ", ".join(map(str, kind.versions))
            yield "version", f"{path}.version: {one['kind']} {version} is not among the kit's: {known}."
        for key in ("uid", "port", "url", "command"):
            if kind and one[key]:
                yield key, f"{path}.{key}: the kit's {one['kind']} sets it itself. Take it away."
        if kind is None and one["port"] is None:
            yield "port", f"{path}.port: missing: the port it listens on, for those who use it."


def uses_of(used: object) -> dict[str, str]:
    """Return which services are used, each with the variable that holds its whole URL; empty where there is none."""
    if isinstance(used, Mapping):
        return {str(name): str(variable) for name, variable in used.items()}
    return {str(name): "" for name in used} if isinstance(used, list) else {}


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, Mapping) else []


__all__ = ["KINDS", "MAIN", "Services", "uses_of"]
