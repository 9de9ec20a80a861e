"""One engine for old and new Docker, and for both of its image stores."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import dockerd
from ansible_collections.slipway.kit.plugins.module_utils.release.app import WantedImage
from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine
from ansible_collections.slipway.kit.plugins.module_utils.release.images import find
from ansible_collections.slipway.kit.plugins.module_utils.release.unix_http import Answer

BUILT = {
    "Id": "sha256:" + "c" * 64,
    "RootFS": {"Layers": ["sha256:base", "sha256:app"]},
    "Config": {"Cmd": ["serve"], "Env": ["PATH=/bin"], "Hostname": "", "Labels": {"revision": "abc"}, "Volumes": None},
    "RepoTags": ["slipway/build-tiny:1"],
    "Size": 10,
}
# The same, as the containerd store tells it: numbered otherwise, without a name, and without what is not set.
LOADED = {
    "Id": "sha256:" + "d" * 64,
    "RootFS": {"Layers": ["sha256:base", "sha256:app"]},
    "Config": {"Cmd": ["serve"], "Env": ["PATH=/bin"], "Labels": {"revision": "abc"}},
    "RepoTags": [],
    "Size": 12,
}


class Daemon:
    """What answers behind the socket: a version, and images; `asked` has the paths."""

    def __init__(self) -> None:
        self.version = "1.44"
        self.here: dict[str, Mapping[str, object]] = {}
        self.asked: list[str] = []

    def has(self, *images: Mapping[str, object]) -> Engine:
        """Hold these images and no others."""
        self.here = {str(image["Id"]): image for image in images}
        return Engine("/nowhere")

    def ask(self, _socket: str, _method: str, path: str, **_: object) -> Answer:
        self.asked.append(path)
        if path == "/_ping":
            return Answer(200, b"OK", {"Api-Version": self.version} if self.version else {})
        if path.endswith("/images/json"):
            return Answer(200, json.dumps(list(self.here.values())).encode())
        image = self.here.get(path.split("/")[3].replace("%3A", ":"))
        return Answer(200, json.dumps(image).encode()) if image else Answer(404, b"{}")


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Daemon:
    daemon = Daemon()
    monkeypatch.setattr(dockerd, "ask", daemon.ask)
    return daemon


@pytest.mark.parametrize(
    ("theirs", "spoken"),
    [("1.41", "/v1.41"), ("1.44", "/v1.44"), ("1.52", "/v1.44"), ("", "/v1.44")],
    ids=["Docker 20.10", "25", "29", "one that does not say"],
)
def test_the_newest_api_that_both_sides_know_is_spoken(daemon: Daemon, theirs: str, spoken: str) -> None:
    daemon.version = theirs
    assert daemon.has().image("x") is None
    assert daemon.asked == ["/_ping", f"{spoken}/images/x/json"]


def wanted(engine: Engine) -> WantedImage:
    [image] = engine.images()
    return WantedImage(image.id, image.fingerprint, "", image.layers, image.size, "abc")


def test_an_image_is_known_in_the_other_store_by_what_it_is(daemon: Daemon) -> None:
    built = wanted(daemon.has(BUILT))
    found = find(daemon.has(LOADED), built)
    assert found
    assert (found.id, found.layers) == (LOADED["Id"], built.layers)


@pytest.mark.parametrize(
    "change",
    [
        {"RootFS": {"Layers": ["sha256:base", "sha256:altered"]}},
        {"Config": {**LOADED["Config"], "Cmd": ["serve", "--debug"]}},  # type: ignore[dict-item]
        {"Config": {**LOADED["Config"], "User": "root"}},  # type: ignore[dict-item]
    ],
    ids=["a layer", "the command", "the user"],
)
def test_an_image_that_differs_in_anything_is_another(daemon: Daemon, change: dict[str, object]) -> None:
    built = wanted(daemon.has(BUILT))
    assert find(daemon.has({**LOADED, **change}), built) is None


def test_the_anonymous_volumes_of_a_container_go_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(_socket: str, method: str, path: str, **_: object) -> Answer:
        asked.append(f"{method} {path}")
        return Answer(204, b"", {"Api-Version": "1.44"})

    monkeypatch.setattr(dockerd, "ask", ask)
    Engine("/nowhere").remove("tiny-blue")
    assert asked[-1] == "DELETE /v1.44/containers/tiny-blue?force=1&v=1"
