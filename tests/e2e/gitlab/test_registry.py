"""The same jobs with a registry that wants a login: pushed by the build job, pulled by the host, by digest."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from slipway.pipeline import images
from slipway.rig import Rig

from .repository import Repository
from .site import last_audit, on_host, release_of
from .test_refusals import assert_refused

PORT = 5000
USER = "gitlab-ci-token"
CONFIGURATION = {
    "version": 0.1,
    "storage": {"filesystem": {"rootdirectory": "/var/lib/docker-registry"}},
    "http": {"addr": f":{PORT}", "tls": {"certificate": "/etc/registry.pem", "key": "/etc/registry.key"}},
    "auth": {"htpasswd": {"realm": "registry", "path": "/etc/registry.htpasswd"}},
}
TRUSTED = Path("/etc/docker/certs.d")
# Two megabytes instead of two hundred, that each run would push and pull: one program that serves two files.
SMALL = """\
ARG BASE_IMAGE=debian:13-slim
FROM ${BASE_IMAGE} AS build
RUN apt-get update && apt-get install --yes --no-install-recommends busybox-static \\
 && mkdir /www && echo ready >/www/readyz && echo shop >/www/index.html
FROM scratch
COPY --from=build /usr/bin/busybox /busybox
COPY --from=build /www /www
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["/busybox", "httpd", "-f", "-p", "8000", "-h", "/www"]
"""

pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Registry:
    """Debian's docker-registry beside the host; `address` is what images in it are called by."""

    address: str
    password: str
    root: str

    def variables(self, password: str = "") -> dict[str, str]:
        """Return the variables that GitLab gives to a job of a project with a registry."""
        image = {"CI_REGISTRY": self.address, "CI_REGISTRY_IMAGE": f"{self.address}/my-group/shop"}
        return {**image, "CI_REGISTRY_USER": USER, "CI_REGISTRY_PASSWORD": password or self.password}


@pytest.fixture(scope="module")
def registry(rig: Rig) -> Iterator[Registry]:
    """Start it in the visitor's container; this machine's engine trusts its certificate for as long as it runs."""
    beside, password = rig.visitor, secrets.token_urlsafe(24)
    address = f"{beside.address}:{PORT}"
    beside.put({"/etc/registry.yml": yaml.safe_dump(CONFIGURATION)})
    install = "apt-get -qq update && apt-get -qq install --no-install-recommends docker-registry apache2-utils"
    beside.exec(["sh", "-c", install], check=True, environment={"DEBIAN_FRONTEND": "noninteractive"})
    beside.exec(["htpasswd", "-Bbc", "/etc/registry.htpasswd", USER, password], check=True)
    certificate = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=registry"]
    certificate += ["-addext", f"subjectAltName=IP:{beside.address}", "-out", "/etc/registry.pem"]
    beside.exec(["openssl", "req", *certificate, "-keyout", "/etc/registry.key"], check=True)
    beside.container.exec_run(["docker-registry", "serve", "/etc/registry.yml"], detach=True)
    root = beside.exec(["cat", "/etc/registry.pem"]).stdout
    folder = TRUSTED / address
    folder.mkdir(parents=True)
    (folder / "ca.crt").write_text(root)
    yield Registry(address, password, root)
    shutil.rmtree(folder)


@pytest.fixture
def pushing(unchanged: Repository) -> Repository:
    """The app's repository with `registry: true` among the inputs of the template, and a small image."""
    (unchanged.folder / "Dockerfile").write_text(SMALL)
    unchanged.include(registry=True)
    shutil.rmtree(unchanged.folder / images.FOLDER, ignore_errors=True)
    return unchanged


def test_the_host_pulls_by_digest_what_the_build_job_pushed(rig: Rig, pushing: Repository, registry: Registry) -> None:
    given, host = registry.variables(), rig.host("web1")
    host.exec(["mkdir", "-p", str(TRUSTED / registry.address)], check=True)
    host.put({str(TRUSTED / registry.address / "ca.crt"): registry.root})
    built = pushing.run("build", given).passed()
    [reference] = [word for word in built.output.split() if word.startswith(f"{registry.address}/my-group/shop/shop@")]
    assert not (pushing.folder / images.FOLDER / images.ARCHIVE).exists()

    # The one line that docs/gitlab.md asks for where the project is private.
    login = f"echo {registry.password} | docker login --username {USER} --password-stdin {registry.address}"
    host.exec(["sh", "-c", login], check=True)
    pushing.run("deploy:production", given).passed()
    [pulled] = json.loads(on_host(rig, "docker", "image", "inspect", reference))
    assert pulled["RepoDigests"] == [reference]
    assert last_audit(rig)["image"] == pulled["Id"]
    assert release_of(rig, "shop.test")
    assert registry.password not in built.output


def test_a_login_that_the_registry_refuses_is_said_in_time(pushing: Repository, registry: Registry) -> None:
    refused = pushing.run("build", registry.variables("not-the-password"))
    assert_refused(refused, "the registry does not let the job in")
    assert "not-the-password" not in refused.output
