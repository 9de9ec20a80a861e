"""Images that are pulled: pinned by digest, and no registry is needed to go back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.release.target import Answer, Target

REGISTRY = "127.0.0.1:5000"
CONFIGURATION = """\
version: 0.1
storage: {filesystem: {rootdirectory: /var/tmp/registry}}
http: {addr: 127.0.0.1:5000}
"""


@pytest.fixture(scope="module")
def reference(prepared: Target) -> Iterator[str]:
    """Yield name@digest of the tiny app in a registry on the host; the host has nothing under that name."""
    host, image = prepared.host, f"{REGISTRY}/tiny:1"
    install = "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y docker-registry"
    host.exec(["sh", "-c", install], check=True)
    host.exec(["systemctl", "disable", "--now", "docker-registry"])  # Debian's own wants passwords
    host.put({"/etc/docker/registry/rig.yml": CONFIGURATION})
    serve = ["systemd-run", "--unit=rig-registry", "docker-registry", "serve", "/etc/docker/registry/rig.yml"]
    host.exec(serve, check=True)
    prepared.docker("tag", f"slipway/tiny:{prepared.live()}", image)
    deadline = time.monotonic() + 60
    while host.exec(["docker", "push", "--quiet", image]).returncode and time.monotonic() < deadline:
        time.sleep(0.5)
    named = prepared.docker("inspect", "--format", '{{join .RepoDigests " "}}', image).split()
    (digest,) = [each for each in named if each.startswith(REGISTRY)]
    prepared.docker("rmi", image)  # with its last tag goes the digest
    yield digest
    host.exec(["systemctl", "stop", "rig-registry"])


def pulled(target: Target, reference: str) -> Answer:
    image = {"id": reference.rpartition("@")[2], "reference": reference, "layers": [], "size": 0, "revision": ""}
    return target.drive(target.order() | {"images": {"app": image}})


def test_what_is_pulled_is_what_the_digest_names(target: Target, reference: str) -> None:
    answer = pulled(target, reference)
    assert not answer.get("failed"), answer
    assert target.live() == answer["release"]
    assert reference in target.docker(
        "image", "inspect", "--format", "{{.RepoDigests}}", f"slipway/tiny:{target.live()}"
    )


def test_without_the_registry_nothing_new_comes_and_the_way_back_is_open(target: Target, reference: str) -> None:
    first, second = pulled(target, reference)["release"], pulled(target, reference)["release"]
    target.host.exec(["systemctl", "stop", "rig-registry"], check=True)
    with target.visitors(slow=0, streams=0) as seen:
        answer = pulled(target, f"{REGISTRY}/tiny@sha256:{'0' * 64}")
        assert target.live() == second
        assert target.roll_back()["release"] == first
    assert answer["code"] == "image"
    assert "could not be pulled" in answer["msg"]
    assert (seen.failures, target.live()) == (0, first), seen.report
