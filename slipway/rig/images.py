"""The images of the rig, kept in the engine: a second start builds nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
from docker.errors import BuildError, DockerException

from slipway.rig import engine, turn
from slipway.rig.errors import RigError

BASE = "debian:13-slim"
BUILT_BASE = f"slipway/{BASE}"
SUITE, MIRROR = "trixie", "http://deb.debian.org/debian"
REGISTRY_TIMEOUT_S = 10  # a registry that does not answer by then is taken for none
CONTEXTS = Path(__file__).parent / "images"
KINDS = ("host", "pebble", "visitor")
# What the official slim images leave out: https://github.com/debuerreotype/debuerreotype (.slimify-excludes).
SLIM = (
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/share/groff/*",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/lintian/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/man/*",
)


def ensure(client: docker.DockerClient, *, prepared: bool = False) -> dict[str, str]:
    """Return the tag of each kind of image, having built what the engine did not have.

    Args:
        client: of the engine.
        prepared: let the host's packages be there already.
    """
    with turn.of_one_user("images"):
        base = base_image(client)
        tags = {kind: tag(kind, base_id(client, base)) for kind in KINDS}
        missing = [kind for kind in KINDS if not client.images.list(name=tags[kind])]
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda kind: build(kind, base, tags[kind]), missing))
    return {**tags, "host": prepared_host(client, tags["host"])} if prepared else tags


def prepared_host(client: docker.DockerClient, bare: str) -> str:
    """Return the tag of the host with the roles' packages; who needs a bare one does not wait for it."""
    image = tag("prepared", base_id(client, bare))
    with turn.of_one_user("prepared"):
        if not client.images.list(name=image):
            build("prepared", bare, image)
    return image


def base_image(client: docker.DockerClient) -> str:
    """Return the name of the base image: pulled where a registry answers, else made from Debian's packages."""
    for name in (BASE, BUILT_BASE):
        if client.images.list(name=name):
            return name
    if registry_answers():
        client.images.pull(BASE)
        return BASE
    bootstrap(client)
    return BUILT_BASE


def base_id(client: docker.DockerClient, name: str) -> str:
    """Return the id of an image that is in the engine."""
    return str(client.images.get(name).id)


def registry_answers() -> bool:
    """Tell whether the engine can ask its registry about the base image."""
    try:
        docker.from_env(timeout=REGISTRY_TIMEOUT_S).images.get_registry_data(BASE)
    except (DockerException, OSError):
        return False
    return True


def bootstrap(client: docker.DockerClient) -> None:
    """Make the equivalent of the base image with mmdebstrap and import it."""
    if not shutil.which("mmdebstrap"):
        install_mmdebstrap()
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "base.tar")
        options = [f"--dpkgopt={line}" for line in SLIM]
        command = ["mmdebstrap", "--quiet", "--variant=minbase", *options, SUITE, str(archive), MIRROR]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RigError(f"`{' '.join(command)}` failed, so there is no base image:\n{done.stderr.strip()}")
        repository, _, version = BUILT_BASE.partition(":")
        client.api.import_image_from_file(str(archive), repository=repository, tag=version, changes=['CMD ["bash"]'])


def install_mmdebstrap() -> None:
    """Install the maker of the base image, where this process may."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise RigError(
            f"No registry answers for {BASE}, and mmdebstrap, which would make it from Debian's packages, is not "
            "installed. Run `sudo apt-get install mmdebstrap`, or give the engine a registry, and run again."
        )
    command = ["apt-get", "install", "-y", "--no-install-recommends", "mmdebstrap", "debian-archive-keyring"]
    for step in (["apt-get", "update"], command):
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RigError(f"`{' '.join(step)}` failed:\n{done.stderr.strip()}")


def build(kind: str, base: str, image: str) -> None:
    """Build one image on the base."""
    try:
        engine.connect().images.build(
            path=str(CONTEXTS / kind), tag=image, buildargs={"BASE_IMAGE": base}, rm=True, forcerm=True
        )
    except BuildError as error:
        output = "".join(str(line.get("stream", "")) for line in error.build_log if isinstance(line, dict))
        raise RigError(f"Building the {kind} image failed: {error}\n{output[-3000:]}") from error


def tag(kind: str, base: str) -> str:
    """Return the name of an image, which changes with its files and with its base."""
    digest = hashlib.sha256(base.encode())
    for path in sorted((CONTEXTS / kind).iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"slipway/rig-{kind}:{digest.hexdigest()[:12]}"
