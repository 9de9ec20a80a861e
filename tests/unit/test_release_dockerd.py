"""One engine for old and new Docker, and for both of its image stores."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from ansible.module_utils.release.app import WantedImage
from ansible.module_utils.release.dockerd import Engine
from ansible.module_utils.release.images import find
from ansible.module_utils.release.unix_http import Answer

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


class Told(Engine):  # type: ignore[misc]  # found at run time only
    """An engine of a version with images, without a daemon; `asked` has the paths."""

    def __init__(self, *images: Mapping[str, object], version: str = "1.44") -> None:
        super().__init__("/nowhere")
        self.version = version
        self.asked: list[str] = []
        self.here = {str(image["Id"]): image for image in images}

    def _send(self, method: str, path: str, **_: object) -> Answer:  # noqa: ARG002 - as the engine calls it
        self.asked.append(path)
        if path == "/_ping":
            return Answer(200, b"OK", {"Api-Version": self.version} if self.version else {})
        if path.endswith("/images/json"):
            return Answer(200, json.dumps(list(self.here.values())).encode())
        image = self.here.get(path.split("/")[3].replace("%3A", ":"))
        return Answer(200, json.dumps(image).encode()) if image else Answer(404, b"{}")


@pytest.mark.parametrize(
    ("theirs", "spoken"),
    [("1.41", "/v1.41"), ("1.44", "/v1.44"), ("1.52", "/v1.44"), ("", "/v1.44")],
    ids=["Docker 20.10", "25", "29", "one that does not say"],
)
def test_the_newest_api_that_both_sides_know_is_spoken(theirs: str, spoken: str) -> None:
    engine = Told(version=theirs)
    assert engine.image("x") is None
    assert engine.asked == ["/_ping", f"{spoken}/images/x/json"]


def wanted(engine: Engine) -> WantedImage:
    [image] = engine.images()
    return WantedImage(image.id, image.fingerprint, "", image.layers, image.size, "abc")


def test_an_image_is_known_in_the_other_store_by_what_it_is() -> None:
    built = wanted(Told(BUILT))
    found = find(Told(LOADED), built)
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
def test_an_image_that_differs_in_anything_is_another(change: dict[str, object]) -> None:
    assert find(Told({**LOADED, **change}), wanted(Told(BUILT))) is None
