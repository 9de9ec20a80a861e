"""`make local` as a developer has it: HTTPS in a browser, a change on the page, ports, data that stays."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.summary import Note

from .browser import PACKAGES, Browser
from .developer import HEADLINE, ROOT, Developer, with_strongbox
from .packages import ensure

pytestmark = [pytest.mark.rig, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def strongbox(home: Path) -> Iterator[tuple[Developer, str]]:
    """A copy of Strongbox, running, and its address."""
    developer = with_strongbox(home)
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
    assert browser.page(address) == "net::ERR_CERT_AUTHORITY_INVALID"
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
        waits.append(developer.seconds_until(new))
    assert new in browser.page(address)
    template.write_text(old)
    developer.seconds_until(HEADLINE)
    note("measured", f"make local: a change is on the page after {min(waits):.1f} s, the best of three")


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
        developer.seconds_until(HEADLINE)


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
    assert "slipway local reset --yes" in unasked.stderr
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
        done = broken.run("up", "--patience", "5")
        assert done.returncode == 2
        assert "broken did not get ready" in done.stderr
        assert "/readyz: " in done.stderr
        assert "tiny starts" in done.stderr
    finally:
        broken.run("reset", "--yes")
