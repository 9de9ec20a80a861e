"""The few questions and orders that the engine has for the Docker daemon (Engine API 1.41 to 1.44)."""

from __future__ import annotations

import functools
import json
import struct
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from typing import BinaryIO

from .docker_objects import Container, Image, container_of, image_of
from .errors import ReleaseError
from .unix_http import Answer, ask

__all__ = ["Container", "DockerError", "Engine", "Image", "LoadError"]

# What this is written for. Docker 20.10 speaks no later one than 1.41, Docker 29 no earlier one than 1.44.
NEWEST_API = (1, 44)
OK, NO_CONTENT, NOT_MODIFIED, NOT_FOUND = 200, 204, 304, 404


class DockerError(ReleaseError):
    """The daemon refused or does not answer."""

    code = "docker"


class LoadError(DockerError):
    """Docker did not take an image in: it was altered on the way, or the store wants layers that were not sent."""

    code = "load"


class Engine:
    """A Docker daemon behind its Unix socket."""

    def __init__(self, socket_path: str = "/var/run/docker.sock") -> None:
        self.socket_path = socket_path

    @functools.cached_property
    def api(self) -> str:
        """The path prefix of the newest API that both sides speak."""
        with self._reached():
            told = ask(self.socket_path, "GET", "/_ping").headers.get("Api-Version", "")
        theirs = tuple(int(part) for part in told.split(".")) if told else NEWEST_API
        return "/v" + ".".join(str(part) for part in min(theirs, NEWEST_API))

    def image(self, reference: str) -> Image | None:
        """Return an image by id or tag, None where it is not here."""
        answer = self._ask("GET", f"/images/{_quoted(reference)}/json", allowed=(OK, NOT_FOUND))
        return image_of(json.loads(answer.body)) if answer.status == OK else None

    def images(self) -> list[Image]:
        """Return all images but the unfinished ones of a build."""
        found = json.loads(self._ask("GET", "/images/json").body)
        full = [self.image(entry["Id"]) for entry in found]
        return [image for image in full if image]

    def tag(self, image_id: str, repository: str, tag: str) -> None:
        """Give an image a name more."""
        query = urllib.parse.urlencode({"repo": repository, "tag": tag})
        self._ask("POST", f"/images/{_quoted(image_id)}/tag?{query}", allowed=(201,))

    def untag(self, reference: str) -> None:
        """Take a name from an image; the image goes when it was the last name and no container uses it."""
        self._ask("DELETE", f"/images/{_quoted(reference)}", allowed=(OK, NOT_FOUND, 409))

    def load(self, archive: BinaryIO, length: int) -> None:
        """Load a `docker save` archive of `length` bytes.

        Raises:
            LoadError: a layer does not hash to its id, or a layer is neither in the archive nor on the host.
        """
        headers = {"Content-Type": "application/x-tar", "Content-Length": str(length)}
        try:
            answer = self._ask("POST", "/images/load?quiet=1", body=archive, headers=headers, timeout_s=600)
        except DockerError as error:
            raise LoadError(error.what, fix=error.fix, evidence=error.evidence) from error
        for line in answer.body.decode(errors="replace").splitlines():
            if refusal := _refusal(line):
                raise LoadError(f"Docker refused the image: {refusal}", fix="run the deploy again")

    def container(self, name: str) -> Container | None:
        """Return a container by name or id, None where there is none."""
        answer = self._ask("GET", f"/containers/{_quoted(name)}/json", allowed=(OK, NOT_FOUND))
        return container_of(json.loads(answer.body)) if answer.status == OK else None

    def containers(self, *labels: str) -> list[str]:
        """Return the ids of all containers, stopped ones too, that have all labels (`key` or `key=value`)."""
        query = urllib.parse.urlencode({"all": "1", "filters": json.dumps({"label": labels})})
        return [str(entry["Id"]) for entry in json.loads(self._ask("GET", f"/containers/json?{query}").body)]

    def start(self, name: str) -> None:
        """Start a stopped container; a running one is fine."""
        self._ask("POST", f"/containers/{_quoted(name)}/start", allowed=(NO_CONTENT, NOT_MODIFIED))

    def stop(self, name: str, grace_s: int) -> None:
        """Send SIGTERM, after `grace_s` SIGKILL; a stopped or absent container is fine."""
        path = f"/containers/{_quoted(name)}/stop?t={grace_s}"
        self._ask("POST", path, allowed=(NO_CONTENT, NOT_MODIFIED, NOT_FOUND), timeout_s=grace_s + 60)

    def remove(self, name: str) -> None:
        """Remove a container, running or not, and its anonymous volumes; none is fine."""
        self._ask("DELETE", f"/containers/{_quoted(name)}?force=1&v=1", allowed=(NO_CONTENT, NOT_FOUND))

    def restart_policy(self, name: str, policy: str) -> None:
        """Set what happens when a container exits or the daemon starts: `no` or `unless-stopped`."""
        body = json.dumps({"RestartPolicy": {"Name": policy}}).encode()
        headers = {"Content-Type": "application/json"}
        self._ask("POST", f"/containers/{_quoted(name)}/update", body=body, headers=headers)

    def logs(self, name: str, lines: int) -> list[str]:
        """Return the last lines that a container wrote, both streams."""
        path = f"/containers/{_quoted(name)}/logs?stdout=1&stderr=1&tail={lines}"
        answer = self._ask("GET", path, allowed=(OK, NOT_FOUND))
        return _unframed(answer.body).decode(errors="replace").splitlines() if answer.status == OK else []

    def run_in(self, name: str, argv: Sequence[str], timeout_s: float) -> tuple[int, str]:
        """Run a command in a running container; returns its exit code and what it wrote.

        Raises:
            DockerError: it could not be started, or wrote nothing for `timeout_s`.
        """
        body = json.dumps({"Cmd": list(argv), "AttachStdout": True, "AttachStderr": True}).encode()
        headers = {"Content-Type": "application/json"}
        path = f"/containers/{_quoted(name)}/exec"
        made = json.loads(self._ask("POST", path, body=body, headers=headers, allowed=(201,)).body)
        run = f"/exec/{_quoted(str(made['Id']))}"
        wrote = self._ask("POST", f"{run}/start", body=b'{"Detach": false}', headers=headers, timeout_s=timeout_s).body
        code = json.loads(self._ask("GET", f"{run}/json").body)["ExitCode"]
        return int(code), _unframed(wrote).decode(errors="replace")

    def memory_bytes(self, name: str) -> int | None:
        """Return what a running container uses now, None where it can't be told."""
        answer = self._ask("GET", f"/containers/{_quoted(name)}/stats?stream=0&one-shot=1", allowed=(OK, NOT_FOUND))
        if answer.status != OK:
            return None
        memory = json.loads(answer.body).get("memory_stats", {})
        used = memory.get("usage")
        return int(used) - int(memory.get("stats", {}).get("inactive_file", 0)) if used is not None else None

    def root(self) -> str:
        """Return the folder that holds images and containers."""
        return str(self._info()["DockerRootDir"])

    def keeps_containers(self) -> bool:
        """Whether containers go on while the daemon restarts (live-restore)."""
        return self._info().get("LiveRestoreEnabled") is True

    def publishing(self, port: int) -> list[str]:
        """Return the names of the running containers that publish a port."""
        query = urllib.parse.urlencode({"filters": json.dumps({"publish": [f"{port}/tcp"]})})
        found = json.loads(self._ask("GET", f"/containers/json?{query}").body)
        return [str(each["Names"][0]).lstrip("/") for each in found]

    def _info(self) -> Mapping[str, object]:
        found: Mapping[str, object] = json.loads(self._ask("GET", "/info").body)
        return found

    def _ask(
        self,
        method: str,
        path: str,
        *,
        allowed: tuple[int, ...] = (OK,),
        body: object = None,
        headers: dict[str, str] | None = None,
        timeout_s: float = 60.0,
    ) -> Answer:
        where = self.api + path
        with self._reached():
            answer = ask(self.socket_path, method, where, body=body, headers=headers, timeout_s=timeout_s)
        if answer.status not in allowed:
            raise DockerError(
                f"Docker refused {method} {path}: {answer.status} {_message(answer.body)}",
                fix="`journalctl -u docker -n 50` on the host",
            )
        return answer

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Say what to do where the daemon does not answer."""
        try:
            yield
        except (OSError, HTTPException) as error:
            raise DockerError(
                f"Docker does not answer at {self.socket_path} ({error}).",
                fix="`systemctl status docker` on the host; `slipway provision ENV` installs and starts it",
            ) from error


def _unframed(stream: bytes) -> bytes:
    """Join the frames of an attached stream: 1 byte stream number, 3 zero bytes, 4 bytes length, content."""
    content, at = b"", 0
    while at + 8 <= len(stream):
        (length,) = struct.unpack(">I", stream[at + 4 : at + 8])
        content += stream[at + 8 : at + 8 + length]
        at += 8 + length
    return content


def _refusal(line: str) -> str:
    """Return the error that a line of a stream of JSON objects tells, empty where it tells none."""
    try:
        told = json.loads(line)
    except ValueError:
        return line if "error" in line else ""
    return str(told.get("error") or "") if isinstance(told, dict) else ""


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:200]


def _quoted(reference: str) -> str:
    return urllib.parse.quote(reference, safe="")
