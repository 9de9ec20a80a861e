"""`make local` as a developer has it: HTTPS in a browser, a change on the page, ports, data that stays."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from slipway.local.place import Place
from tests.summary import Note

from .browser import PACKAGES, Browser
from .packages import ensure

ROOT = Path(__file__).resolve().parents[2]
HEADLINE = "Make a strong password"
ANSWER_S = 30
SLOWEST_S = 60  # a change is on the page in under 2 s where nothing else runs; here other tests do

pytestmark = [pytest.mark.rig, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Answer:
    """What a visitor got."""

    status: int
    headers: Message
    body: str


@dataclass
class Developer:
    """A person with a home, a checkout of the app, and the commands behind `make local`."""

    home: Path
    name: str
    folder: Path

    @property
    def place(self) -> Place:
        return Place(self.home / "state" / "slipway" / "local", self.name)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        mine = {"HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state"), "XDG_CACHE_HOME": cache}
        command = [sys.executable, "-m", "slipway.local", *arguments, "--app", str(self.folder)]
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **mine},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def up(self, *arguments: str) -> str:
        done = self.run("up", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[0]

    def get(self, path: str, *, secure: bool = True) -> Answer:
        """Ask with only the local authority trusted, by the name that the certificate must have."""
        ports = self.place.ports()
        assert ports
        domain = f"{self.name}.localhost"
        connection = http.client.HTTPConnection(domain, ports.secure if secure else ports.plain, timeout=ANSWER_S)
        connection.sock = socket.create_connection(("127.0.0.1", connection.port), timeout=ANSWER_S)
        if secure:
            context = ssl.create_default_context(cafile=str(self.place.authority))
            connection.sock = context.wrap_socket(connection.sock, server_hostname=domain)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return Answer(answer.status, answer.headers, body)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def strongbox(home: Path) -> Iterator[tuple[Developer, str]]:
    """A copy of Strongbox beside no inventory at all, running, and its address."""
    folder = home / "strongbox"
    shutil.copytree(ROOT / "app", folder, ignore=shutil.ignore_patterns(".venv", "wheelhouse", "__pycache__", "tests"))
    shutil.copy(ROOT / "compose" / "strongbox" / "Dockerfile", folder)
    (folder / "slipway.yml").write_text(
        "name: passwords\nsecrets: [secret_key, kek]\nhook: [sh, -c, date > /data/migrated]\n"
    )
    developer = Developer(home, "passwords", folder)
    address = developer.up()
    yield developer, address
    developer.run("reset", "--yes")


@pytest.fixture(scope="module")
def browser(home: Path) -> Browser:
    ensure(PACKAGES)
    return Browser(home)


def test_a_browser_warns_before_and_shows_the_page_after_the_authority_is_trusted(
    strongbox: tuple[Developer, str], browser: Browser
) -> None:
    developer, address = strongbox
    assert HEADLINE not in browser.page(address)
    trusted = developer.run("trust", "--browsers-only")
    assert trusted.returncode == 0, trusted.stdout
    assert "certutil -A" in trusted.stdout  # it prints what it does
    assert HEADLINE in browser.page(address)


def test_a_changed_template_is_on_the_page_without_a_reload_by_hand(
    strongbox: tuple[Developer, str], browser: Browser, note: Note
) -> None:
    developer, address = strongbox
    assert developer.run("trust", "--browsers-only").returncode == 0
    template = developer.folder / "src" / "strongbox" / "web" / "templates" / "generator.html"
    old = template.read_text()
    waits = []
    for number in range(3):
        new = f"Changed {number} times"
        template.write_text(old.replace(HEADLINE, new))
        waits.append(seconds_until(developer, new))
    assert new in browser.page(address)
    template.write_text(old)
    seconds_until(developer, HEADLINE)
    note("measured", f"make local: a change is on the page after {min(waits):.1f} s, the best of three")


def seconds_until(developer: Developer, text: str) -> float:
    """Ask again and again until the text is on the page; requests wait while the app starts anew."""
    started = time.monotonic()
    while text not in (answer := developer.get("/")).body:
        assert time.monotonic() - started < SLOWEST_S, (answer.status, answer.body)
    return time.monotonic() - started


def test_a_mistake_shows_its_traceback_with_debug_and_an_apology_without(strongbox: tuple[Developer, str]) -> None:
    developer, address = strongbox
    template = developer.folder / "src" / "strongbox" / "web" / "templates" / "generator.html"
    right = template.read_text()
    try:
        template.write_text("{{ 1 // 0 }}")
        assert developer.up("--debug") == address
        assert "ZeroDivisionError" in developer.get("/").body
        assert developer.up() == address
        apology = developer.get("/")
        assert apology.status == 500
        assert "ZeroDivisionError" not in apology.body
    finally:
        template.write_text(right)
        seconds_until(developer, HEADLINE)


def test_http_leads_to_https_and_answers_are_as_in_production(strongbox: tuple[Developer, str]) -> None:
    developer, address = strongbox
    plain = developer.get("/", secure=False)
    assert (plain.status, plain.headers["Location"]) == (308, address)
    secure = developer.get("/")
    assert secure.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert "default-src 'none'" in secure.headers["Content-Security-Policy"]
    assert secure.headers["X-Release"] == "local"
    assert secure.headers["Server"] is None


def test_a_second_app_takes_other_ports_and_says_so(
    strongbox: tuple[Developer, str], home: Path, browser: Browser
) -> None:
    folder = home / "tiny"
    shutil.copytree(ROOT / "tests" / "release" / "tiny", folder)
    (folder / "slipway.yml").write_text("name: tiny\n")
    tiny = Developer(home, "tiny", folder)
    try:
        done = tiny.run("up")
        assert done.returncode == 0, done.stderr
        assert "because 80 or 443 is taken on this machine" in done.stdout
        assert tiny.place.ports() != strongbox[0].place.ports()
        assert tiny.get("/").status == 200
        ports = tiny.place.ports()
        assert ports
        assert tiny.get("/", secure=False).headers["Location"] == f"https://tiny.localhost:{ports.secure}/"
    finally:
        tiny.run("reset", "--yes")


def test_down_keeps_the_data_and_reset_deletes_it_only_after_a_yes(strongbox: tuple[Developer, str]) -> None:
    developer, address = strongbox
    assert (developer.place.data / "migrated").read_text()  # the release hook ran first
    (developer.place.data / "kept").touch()
    assert developer.run("down").returncode == 0
    with pytest.raises(ConnectionRefusedError):
        developer.get("/")
    assert (developer.place.data / "kept").exists()
    unasked = developer.run("reset")
    assert unasked.returncode == 2
    assert "make local-reset ARGS=--yes" in unasked.stderr
    assert (developer.place.data / "kept").exists()
    assert developer.up() == address
    assert developer.run("reset", "--yes").returncode == 0
    assert not developer.place.folder.exists()


def test_an_app_that_does_not_start_is_reported_with_its_log(home: Path) -> None:
    folder = home / "broken"
    shutil.copytree(ROOT / "tests" / "release" / "tiny", folder)
    (folder / "slipway.yml").write_text("name: broken\nport: 9999\n")
    broken = Developer(home, "broken", folder)
    try:
        done = broken.run("up", "--patience", "3")
        assert done.returncode == 2
        assert "broken did not get ready" in done.stderr
        assert "/readyz: 502" in done.stderr
    finally:
        broken.run("reset", "--yes")
