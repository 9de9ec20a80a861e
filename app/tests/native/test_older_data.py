"""What the first version that landed kept on a person's own machine opens with today's."""

from __future__ import annotations

import http.cookiejar
import os
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import STRONG
from tests.native.test_command import started
from tests.visitor import TOKEN

FIRST = "343dbb4"
REPOSITORY = Path(__file__).resolve().parents[3]


class Browser:
    """Somebody at this machine."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path: str) -> str:
        """Return a page."""
        with self._opener.open(urllib.parse.urljoin(self.url, path)) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **fields: str) -> str:
        """Fill in the form of a page and return the path of the page that it leads to."""
        token = TOKEN.search(self.get(path))
        assert token
        body = urllib.parse.urlencode({"csrf_token": token[1], **fields}).encode()
        with self._opener.open(urllib.parse.urljoin(self.url, path), body) as answer:
            return urllib.parse.urlsplit(answer.url).path


@contextmanager
def strongbox(data: Path, source: Path | None = None) -> Iterator[Browser]:
    """Run the command on a folder: today's, or that of the source given."""
    if source:
        os.environ["PYTHONPATH"] = str(source)
    try:
        process, url = started("--data", str(data))
    finally:
        os.environ.pop("PYTHONPATH", None)
    try:
        yield Browser(url)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)
        assert process.stdout
        process.stdout.close()


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """Unpack the first version's source, out of the repository's own history."""
    packed = subprocess.run(["git", "archive", f"{FIRST}:app/src"], cwd=REPOSITORY, capture_output=True, check=False)
    assert packed.returncode == 0, (
        f"commit {FIRST} is not in this clone's history: {packed.stderr.decode().strip()}\nnext: git fetch --unshallow"
    )
    source = tmp_path / "source"
    source.mkdir()
    subprocess.run(["tar", "-x", "-C", str(source)], input=packed.stdout, check=True)
    # What it judged passwords with, and this one does not: any will do.
    (source / "zxcvbn.py").write_text("def zxcvbn(*_, **__):\n    return {'score': 4}\n")
    where = [sys.executable, "-c", "import strongbox; print(strongbox.__file__)"]
    found = subprocess.run(
        where, env={**os.environ, "PYTHONPATH": str(source)}, capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith(str(source))
    return source


def test_records_of_the_first_version_open_with_this_one(tmp_path: Path, first_version: Path) -> None:
    data = tmp_path / "data"
    with strongbox(data, first_version) as browser:
        browser.post("/sign-up", password=STRONG)
        record = browser.post("/records/new", title="From back then", secret="kept: ü", tags="old")
    with strongbox(data) as browser:
        assert browser.post("/login", password=STRONG) == "/records"
        page = browser.get(record)
        assert "From back then" in page
        assert "kept: ü" in page
        assert "From today" in browser.get(browser.post("/records/new", title="From today", secret="new"))
