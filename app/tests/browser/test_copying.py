"""Copying says so each time, to those who listen too, and leaves nothing in the clipboard for long."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

SAID = 2_100
KEPT = 60_100
"""Milliseconds, and a little."""


@pytest.fixture
def made(page: Page) -> Page:
    page.clock.install()
    page.goto("/")
    page.get_by_role("button", name="Make a password").click()
    return page


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_copied_is_said_twice_and_the_button_is_itself_again(made: Page) -> None:
    button = made.locator("[data-copy]")
    for _ in range(2):  # the second time while it still says so
        button.click()
        expect(button).to_have_text("Copied")
        made.clock.run_for(100)
        expect(made.locator("#copy-status")).to_have_text("Copied")
    made.clock.run_for(SAID)
    expect(button).to_have_text("Copy")


def test_a_secret_does_not_stay_in_the_clipboard(made: Page) -> None:
    made.locator("[data-copy]").click()
    expect(made.locator("[data-copy]")).to_have_text("Copied")
    assert clipboard(made) == made.locator("#made").inner_text()
    made.clock.run_for(KEPT)
    made.wait_for_timeout(300)
    assert clipboard(made) == ""


def test_what_was_copied_after_it_stays(made: Page) -> None:
    made.locator("[data-copy]").click()
    expect(made.locator("[data-copy]")).to_have_text("Copied")
    made.evaluate("navigator.clipboard.writeText('of another program')")
    made.clock.run_for(KEPT)
    made.wait_for_timeout(300)
    assert clipboard(made) == "of another program"
