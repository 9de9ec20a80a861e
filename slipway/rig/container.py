"""A container of the rig: run commands in it, put files into it, and treat it as a machine that can fail."""

from __future__ import annotations

import io
import struct
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from typing import Self

import docker
from docker.models.containers import Container as EngineContainer

from slipway.rig.ownership import PREFIX, TOKEN_LABEL

MEMBER_LABEL = f"{PREFIX}.member"
FRAME_HEADER = 8  # bytes: stream, three zeros, length


class Container:
    """What hosts, visitor and authority have in common."""

    def __init__(
        self, client: docker.DockerClient, container: EngineContainer, name: str, address: str, address6: str | None
    ) -> None:
        self.client = client
        self.container = container
        self.name = name
        self.address = address
        self.address6 = address6

    @classmethod
    def find(cls, client: docker.DockerClient, token: str, name: str) -> Self:
        """Return the member `name` of the rig with this token.

        Raises:
            LookupError: there is no such container.
        """
        labels = [f"{TOKEN_LABEL}={token}", f"{MEMBER_LABEL}={name}"]
        for container in client.containers.list(all=True, filters={"label": labels}, ignore_removed=True):
            (settings,) = container.attrs["NetworkSettings"]["Networks"].values()
            fixed = settings["IPAMConfig"]
            return cls(client, container, name, fixed["IPv4Address"], fixed.get("IPv6Address"))
        raise LookupError(name)

    def exec(
        self, argv: Sequence[str], *, check: bool = False, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as root and wait for it.

        Raises:
            AssertionError: `check` is set and the command fails; the message holds its output.
        """
        api = self.client.api
        run = api.exec_create(str(self.container.id), list(argv), environment=dict(environment or {}))["Id"]
        stdout, stderr = output_of(api, run)
        code = int(api.exec_inspect(run)["ExitCode"])
        if check and code:
            raise AssertionError(f"{self.name}: `{' '.join(argv)}` ended with {code}\n{stdout}{stderr}")
        return subprocess.CompletedProcess(list(argv), code, stdout, stderr)

    def put(self, files: Mapping[str, str | bytes], mode: int = 0o644) -> None:
        """Write files, given by absolute path, as root; works on a container that is not started yet too."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for path, content in files.items():
                data = content.encode() if isinstance(content, str) else content
                entry = tarfile.TarInfo(path.lstrip("/"))
                entry.size, entry.mode = len(data), mode
                archive.addfile(entry, io.BytesIO(data))
        self.container.put_archive("/", buffer.getvalue())

    def start(self) -> None:
        """Switch it on."""
        self.container.start()

    def stop(self) -> None:
        """Shut it down in order."""
        self.container.stop(timeout=20)

    def kill(self) -> None:
        """Cut its power."""
        self.container.kill()

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""
        self.container.pause()

    def unpause(self) -> None:
        """Let it go on."""
        self.container.unpause()

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        self.container.reload()
        return bool(self.container.status == "running")


def output_of(api: docker.APIClient, run: str) -> tuple[str, str]:
    """Start a command made by `exec_create` and return its stdout and stderr.

    docker-py's own `exec_start` reads from below the buffer of the HTTP response, and so loses what arrives together
    with its headers: the output of a short command on a busy machine. Frames: Docker Engine API, "Attach to a
    container".
    """
    url = f"{api.base_url}/v{api.api_version}/exec/{run}/start"
    with api.post(url, json={"Detach": False, "Tty": False}, stream=True) as answer:
        answer.raise_for_status()
        data = answer.raw.read()
    parts, at = {1: bytearray(), 2: bytearray()}, 0
    while at < len(data):
        stream, size = struct.unpack_from(">BxxxL", data, at)
        parts[stream] += data[at + FRAME_HEADER : at + FRAME_HEADER + size]
        at += FRAME_HEADER + size
    return parts[1].decode(errors="replace"), parts[2].decode(errors="replace")
