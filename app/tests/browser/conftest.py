"""A real browser: Debian's Chromium, driven by Playwright, on a phone and on a desk."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from waitress.server import create_server

PHONE = {"width": 360, "height": 740}
PATIENCE_MS = 60_000
"""On a machine that does much else a page may take long."""

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "no Chromium here: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def url(make_app: Callable[..., Flask]) -> Iterator[str]:
    server = create_server(make_app(mode="lan", proxy_hops=0), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"

    def close_all() -> None:
        for dispatcher in list(server._map.values()):
            dispatcher.close()

    server.task_dispatcher.shutdown()
    # By the thread that polls these sockets: a socket closed by another thread ends that poll in an error now and then.
    # The loop ends when no socket is left.
    server.trigger.pull_trigger(close_all)
    thread.join(timeout=30)
    assert not thread.is_alive()


@pytest.fixture
def open_context(browser: Browser, url: str) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of its own for one person; anything that goes wrong in the page fails the test."""
    opened: list[BrowserContext] = []
    problems: list[str] = []

    def open_one(**options: object) -> BrowserContext:
        context = browser.new_context(base_url=url, **{"viewport": PHONE, **options})
        context.set_default_timeout(PATIENCE_MS)
        context.on(
            "console", lambda message: problems.append(message.text) if "Security Policy" in message.text else None
        )
        context.on("weberror", lambda error: problems.append(str(error.error)))
        context.on(
            "request", lambda request: None if request.url.startswith((url, "data:")) else problems.append(request.url)
        )
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()
    assert problems == []


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    return open_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
