"""The containers of a release: the app's own one, called `app`, and its further processes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from ansible_collections.slipway.kit.plugins.plugin_utils.origins import place_of

from .checking import Problem, did_you_mean, filled
from .fields import FIELDS, PROCESS_FIELDS
from .values import copied, shown

Table = Mapping[str, object]

MAIN = "app"
# Names of containers and folders that are the kit's; a process `blue` of `shop-green` would be slot blue of an app.
RESERVED = (MAIN, "blue", "green", "hook", "snapshot", "mirror", "services")
# Below the kernel's ephemeral range (32768 on), above what services commonly use.
FIRST_LOOPBACK_PORT = 20000
LOOPBACK_PAIRS = 5000

IMAGE_KEYS = ("build", "dockerfile", "target", "args", "image")
INHERITED = (
    "env",
    "secrets",
    "secret_env",
    "uses",
    "data",
    "memory_mib",
    "cpus",
    "pids",
    "tmpfs_mib",
    "stop_grace_seconds",
)
NOT_WITH_A_PORT = {
    "ready": "a process that serves visitors is asked for its `readiness_path`",
    "replicas": "one container per slot serves visitors; let its server fork",
    "single": "visitors would get nothing while one gives way to the next",
}
FOR_VISITORS = ("path", "readiness_path", "loopback_port")


def pair(name: str, chosen: object) -> dict[str, dict[str, int]]:
    """Return the loopback ports of both slots: the chosen even one and the next, else a pair that the name gives."""
    own = FIRST_LOOPBACK_PORT + 2 * (zlib.crc32(name.encode()) % LOOPBACK_PAIRS)
    blue = chosen if isinstance(chosen, int) else own
    return {"blue": {"port": blue}, "green": {"port": blue + 1}}


def image_faults(declared: Table, path: str) -> list[tuple[str, str]]:
    """Return what is wrong with where an image comes from: the key, and a sentence."""
    faults = []
    image = declared["image"]
    if isinstance(image, str) and "@sha256:" not in image:
        text = f"{path}.image: {shown(image)} is not pinned; write name@sha256:... to always get the same bytes."
        faults.append(("image", text))
    for key in ("dockerfile", "target", "args"):
        if declared[key] and declared["build"] is None:
            faults.append((key, f"{path}.{key}: it says how to build, and there is no `build` here."))
    return faults


def port_faults(declared: Table, path: str) -> list[tuple[str, str]]:
    """Return what is wrong with the chosen loopback port: the key, and a sentence."""
    port = declared["loopback_port"]
    if isinstance(port, int) and port % 2:
        return [("loopback_port", f"{path}.loopback_port: {port} is odd; blue takes an even port, green the next.")]
    return []


class Processes:
    """The declared processes of one app, completed.

    Args:
        app: the app with its defaults, still without derived values.
        declared: the same as it stands in the inventory.
        path: of it, for messages.
    """

    def __init__(self, app: Table, declared: Table, path: str) -> None:
        self._app, self._path = app, f"{path}.processes"
        given = declared.get("processes")
        named = given.items() if isinstance(given, Mapping) else ()
        self._declared = {str(name): one for name, one in named if isinstance(one, Mapping)}
        self._where = {str(name): name for name, _ in named}
        self.problems: list[str] = []
        self._filled = {
            name: filled(one, f"{self._path}.{name}", self.problems, PROCESS_FIELDS)
            for name, one in self._declared.items()
        }
        for name, one in self._filled.items():
            self.problems += [self._problem(name, key, text) for key, text in self._faults(name, one)]
        if not self.problems:
            self.problems += [self._problem(name, "path", text) for name, text in self._route_faults()]

    def images(self) -> dict[str, dict[str, object]]:
        """Return where each image of a release comes from, by the name of the process that brings it."""
        own = {MAIN: {key: self._app[key] for key in IMAGE_KEYS}}
        return own | {
            name: {key: one[key] for key in IMAGE_KEYS}
            for name, one in self._filled.items()
            if self._image_of(name) == name
        }

    def uses(self) -> dict[str, object]:
        """Return what each process says of the services that it uses."""
        return {name: one["uses"] for name, one in self._filled.items()}

    def containers(self) -> list[dict[str, object]]:
        """Return what runs in a slot, the app's own container first."""
        return [self._main(), *(each for name in self._filled for each in self._replicas(name))]

    def _main(self) -> dict[str, object]:
        app = self._app
        same = ("command", "port", "path", "readiness_path", *(key for key in INHERITED if key != "data"))
        made = {key: app[key] for key in same}
        slots = pair(str(app["name"]), app["loopback_port"])
        return made | {"name": MAIN, "image": MAIN, "slots": slots, "data": True, "ready": [], "single": False}

    def _replicas(self, name: str) -> Iterator[dict[str, object]]:
        own = self._filled[name]
        made = {key: copied(self._inherited(name, key)) for key in INHERITED}
        made |= {key: own[key] for key in ("command", "port", "ready", "single")}
        made |= {"image": self._image_of(name), "path": own["path"] or "", "slots": {}}
        made |= {"readiness_path": own["readiness_path"] or FIELDS["readiness_path"].default}
        if own["port"]:
            made["slots"] = pair(f"{self._app['name']}/{name}", own["loopback_port"])
        count = own["replicas"] if isinstance(own["replicas"], int) else 1
        for number in range(1, count + 1):
            yield made | {"name": name if number == 1 else f"{name}-{number}"}

    def _parent(self, name: str) -> str:
        own = self._filled[name]
        return str(own["like"] or ("" if own["build"] or own["image"] else MAIN))

    def _image_of(self, name: str) -> str:
        if name == MAIN or self._filled[name]["build"] or self._filled[name]["image"]:
            return self._same_build(name)
        return self._image_of(self._parent(name))

    def _same_build(self, name: str) -> str:
        """Return the first process that builds the same: one image is built, sent and kept once."""
        if name == MAIN:
            return MAIN
        wanted = {key: self._filled[name][key] for key in IMAGE_KEYS}
        if wanted == {key: self._app[key] for key in IMAGE_KEYS}:
            return MAIN
        alike = (other for other, one in self._filled.items() if wanted == {key: one[key] for key in IMAGE_KEYS})
        return next(alike)

    def _inherited(self, name: str, key: str) -> object:
        if name == MAIN:
            return True if key == "data" else self._app[key]
        own, parent = self._filled[name], self._parent(name)
        if key in ("env", "secret_env") and parent:
            return {**_table(self._inherited(parent, key)), **_table(own[key])}
        if self._declared[name].get(key) is not None:
            return own[key]
        if parent:
            return self._inherited(parent, key)
        return False if key == "data" else own[key]

    def _faults(self, name: str, one: Table) -> Iterator[tuple[str, str]]:
        path = f"{self._path}.{name}"
        if name in RESERVED:
            yield "", f"{path}: the kit uses this name itself. Choose another."
        original, _, number = name.rpartition("-")
        if number.isdecimal() and original in self._filled:
            yield "", f"{path}: replicas of `{original}` have such names. Choose another."
        if one["image"] is not None and one["build"] is not None:
            yield "image", f"{path}: `image` (pull it) and `build` (build it here) exclude each other."
        yield from image_faults(one, path)
        yield from port_faults(one, path)
        yield from self._like_faults(name, one, path)
        yield from _kind_faults(one, path)

    def _like_faults(self, name: str, one: Table, path: str) -> Iterator[tuple[str, str]]:
        like = one["like"]
        if like is not None and like != MAIN and like not in self._filled:
            hint = did_you_mean(str(like), {**self._filled, MAIN: None})
            yield "like", f"{path}.like: there is no process {shown(like)}{hint}."
            return
        seen, at = [name], name
        while at in self._filled and (at := str(self._filled[at]["like"] or "")):
            if at in seen:
                yield "like", f"{path}.like: {' -> '.join([*seen, at])} goes round in a circle."
                return
            seen.append(at)

    def _route_faults(self) -> Iterator[tuple[str, str]]:
        routes = {MAIN: str(self._app["path"])}
        routes |= {name: str(one["path"]) for name, one in self._filled.items() if one["port"]}
        owner: dict[str, str] = {}
        for name, route in routes.items():
            first = owner.setdefault(route.rstrip("/"), name)
            if first != name:
                yield name, f"{self._path}.{name}.path: {route} is served by `{first}` already. Give one another path."
        if "" not in owner:
            yield MAIN, f"{self._path.removesuffix('.processes')}.path: nobody serves /. Give one process `path: /`."
        if len(routes) > 1 and not self._app["overlap"]:
            last = list(routes)[-1]
            yield (
                last,
                (
                    f"{self._path}.{last}: with `overlap: false` only the app itself serves visitors. Take the port"
                    " away, or let releases overlap."
                ),
            )

    def _problem(self, name: str, key: str, text: str) -> Problem:
        own = self._declared.get(name, {})
        keys = {str(each): each for each in own}
        return Problem(text, place_of(keys.get(key), self._where.get(name), own))


def _table(value: object) -> Table:
    return value if isinstance(value, Mapping) else {}


def _kind_faults(one: Table, path: str) -> Iterator[tuple[str, str]]:
    """Yield what does not fit together: a process serves visitors, works in the background, or is the only one."""
    if one["port"] is None:
        for key in FOR_VISITORS:
            if one[key] is not None:
                yield key, f"{path}.{key}: it is for processes that serve visitors, and this one has no `port`."
        if one["single"] and one["replicas"] != 1:
            yield "replicas", f"{path}.replicas: `single` never lets two run. Take one of both keys away."
        return
    if one["path"] is None:
        yield "port", f"{path}.path: missing: the part of the domain that it serves, for example /admin."
    for key, why in NOT_WITH_A_PORT.items():
        if one[key] != PROCESS_FIELDS[key].default:
            yield key, f"{path}.{key}: not with a `port`: {why}."
