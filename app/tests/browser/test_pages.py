"""What a person does, on a phone 360 pixels wide."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import STRONG, Clock

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


def sign_up(page: Page, name: str = "anna") -> None:
    page.goto("/login")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(STRONG)
    page.get_by_label("The same again").fill(STRONG)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Records")).to_be_visible()


def keep(page: Page, title: str, **more: str) -> None:
    page.goto("/records/new")
    page.get_by_label("Title").fill(title)
    for label, value in more.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_stranger_makes_a_password_and_copies_it(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Length").fill("32")
    page.get_by_role("button", name="Make a password").click()
    made = page.locator("#made").inner_text()
    assert len(made) == 32
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == made
    assert made not in page.url
    assert page.context.cookies() == []


def test_someone_signs_up_writes_down_searches_copies_and_exports(page: Page, tmp_path: Path) -> None:
    sign_up(page)
    keep(page, "Bank of the North", Secret="kept well", Tags="money")
    keep(page, "Garden forum", Secret="other")
    page.goto("/records")
    page.get_by_label("Search records").fill("money")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("link", name="Bank of the North").click()
    expect(page.locator("code.secret")).to_be_hidden()
    page.get_by_role("button", name="Copy secret").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "kept well"
    page.get_by_text("Show secret").click()
    expect(page.locator("code.secret")).to_have_text("kept well")
    page.goto("/transfer")
    page.locator("#export-password").fill(STRONG)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "export.csv")
    assert "Bank of the North,,kept well" in (tmp_path / "export.csv").read_text()


def test_it_works_without_scripts_but_for_copying(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(java_script_enabled=False).new_page()
    sign_up(page)
    keep(page, "Bank", Secret="kept")
    expect(page.get_by_role("button", name="Copy secret")).to_be_hidden()
    page.get_by_text("Show secret").click()
    expect(page.locator("code.secret")).to_have_text("kept")
    page.get_by_role("link", name="Delete this record").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()


def test_it_works_by_keyboard_alone(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_label("Length").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#made")).to_be_visible()


def test_on_a_plain_connection_copying_falls_back_to_the_selection(open_context: Callable[..., BrowserContext]) -> None:
    context = open_context()
    context.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="Make a password").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_obstacle_or_sticks_out(open_context: Callable[..., BrowserContext], scheme: str) -> None:
    """axe-core's rules of WCAG 2.2 AA, on every kind of page, in both colour schemes."""
    page = open_context(color_scheme=scheme).new_page()
    page.goto("/sign-up")
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill("password123")
    page.get_by_label("The same again").fill("password123")
    page.get_by_role("button", name="Sign up").click()
    check(page)  # with an error beside a field
    sign_up(page)
    check(page)  # an empty list
    keep(page, "A long title without any " + "x" * 60, Secret="s" * 200, Tags="one, two", Notes="n" * 200)
    page.get_by_text("Show secret").click()
    check(page)
    for path in (
        "/",
        "/?kind=words",
        "/records",
        "/records/new",
        "/records?q=absent",
        "/account",
        "/transfer",
        "/nowhere",
    ):
        page.goto(path)
        check(page)
    page.goto("/transfer")
    odd = b"title,password,totp,more\nodd,x,hotp,1\nlong," + b"s" * 5001 + b",,\n"
    page.get_by_label("CSV file").set_input_files({"name": "odd.csv", "mimeType": "text/csv", "buffer": odd})
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="Import 1 of 2?")).to_be_visible()
    check(page)
    page.goto("/")
    page.get_by_role("button", name="Make a password").click()
    check(page)
    page.get_by_role("button", name="Log out").click()
    page.goto("/login")
    check(page)


def check(page: Page) -> None:
    report = Axe().run(page, options=RULES)
    serious = [
        found for found in report.response["violations"] if found["impact"] in {"serious", "critical", "moderate"}
    ]
    assert not serious, (page.url, [(found["id"], [node["html"] for node in found["nodes"]]) for found in serious])
    assert fits(page), page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_api_documentation_has_the_colours_of_the_app_and_a_way_back(
    open_context: Callable[..., BrowserContext], scheme: str
) -> None:
    page = open_context(color_scheme=scheme).new_page()
    colours = []
    for path in ("/api/v1/docs", "/"):
        page.goto(path)
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours[0] == colours[1]
    page.goto("/api/v1/docs")
    expect(page.locator(".opblock")).to_have_count(11)
    text = page.locator(".opblock-summary-description").first.evaluate("(found) => getComputedStyle(found).color")
    dark_text = sum(map(int, re.findall(r"\d+", text)[:3])) < 3 * 128
    assert dark_text == (scheme == "light"), text
    assert fits(page)
    page.get_by_role("link", name="Generator").click()
    expect(page.get_by_role("button", name="Make a password")).to_be_visible()


def test_the_api_documentation_shows_itself_without_asking_anyone_else(page: Page) -> None:
    page.goto("/api/v1/docs")
    expect(page.locator(".opblock")).to_have_count(11)
    page.get_by_text("Make a password; every one").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")


def test_a_key_of_several_lines_is_shown_so_and_survives_a_new_title(page: Page) -> None:
    key = "-----BEGIN KEY-----\n  AAAA\n\nBBBB\n-----END KEY-----\n"
    sign_up(page)
    keep(page, "Server", Secret=key)
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Old server")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Old server")).to_be_visible()
    page.get_by_text("Show secret").click()
    assert page.locator("code.secret").inner_text() == key
    page.get_by_role("button", name="Copy secret").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key


def test_a_one_time_code_counts_down_and_renews_itself(page: Page, clock: Clock) -> None:
    clock.time = datetime.fromtimestamp(1111111109, UTC)  # RFC 6238's: one second is left
    sign_up(page)
    keep(page, "Bank", **{"Seed of one-time codes": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"})
    first = page.locator("#code").inner_text()
    assert first == "081804"
    clock.forward(timedelta(seconds=2))
    expect(page.locator("#code")).to_have_text("050471")
    expect(page.get_by_text("good for 28 s")).to_be_visible()


def test_what_was_typed_survives_a_session_that_is_over(page: Page, clock: Clock) -> None:
    key = "-----BEGIN KEY-----\n  AAAA\n\nBBBB\n-----END KEY-----\n"
    sign_up(page)
    page.goto("/records/new")
    page.get_by_label("Title").fill("Server")
    page.get_by_label("Secret").fill(key)
    clock.forward(timedelta(minutes=31))
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill(STRONG)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Title")).to_have_value("Server")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Server")).to_be_visible()
    page.get_by_text("Show secret").click()
    assert page.locator("code.secret").inner_text() == key


def test_a_generated_secret_gets_into_a_record_by_either_way(page: Page) -> None:
    sign_up(page)
    page.goto("/records/new")
    page.get_by_role("button", name="Generate a secret").click()
    first = page.get_by_label("Secret").input_value()
    assert len(first) == 20
    page.get_by_label("Title").fill("Bank")
    page.get_by_label("Title").press("Enter")
    expect(page.get_by_role("heading", name="Bank")).to_be_visible()
    page.goto("/")
    page.get_by_role("button", name="Make a password").click()
    made = page.locator("#made").inner_text()
    page.get_by_role("button", name="Keep this").click()
    expect(page.get_by_label("Secret")).to_have_value(made)
    page.get_by_label("Title").fill("Shop")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Show secret").click()
    expect(page.locator("code.secret")).to_have_text(made)
