"""Pages of records."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from flask import Flask

from strongbox.services import Services
from tests.api.conftest import Program
from tests.conftest import Clock
from tests.visitor import Visitor


def test_a_record_is_shown_as_it_was_written(anna: Visitor) -> None:
    record = anna.keep(
        title="Bank <b>", username="anna", secret="s & t", notes="first\r\nsecond", tags="money, home, money"
    )
    page = anna.get(f"/records/{record}").text
    for shown in ("Bank &lt;b&gt;", "s &amp; t", "first\nsecond", ">money</a>", ">home</a>"):
        assert shown in page
    assert page.count(">money</a>") == 1


def test_search_finds_titles_names_addresses_notes_and_tags_but_no_secrets(anna: Visitor) -> None:
    anna.keep(
        title="Bank", username="ursula", secret="needle", url="https://example.com", notes="100% wool", tags="money"
    )
    found = {text: "Bank" in anna.get("/records", query_string={"q": text}).text for text in (
        "ban", "URSULA", "example", "100%", "mone", "needle", "1000", "10_%", "absent")}  # fmt: skip
    assert found == {
        "ban": True, "URSULA": True, "example": True, "100%": True, "mone": True,
        "needle": False, "1000": False, "10_%": False, "absent": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("title", "search"),
    [
        ("École", "école"),
        ("école", "ÉCOLE"),
        ("Übung", "übung"),
        ("übung", "ÜB"),
        ("Straße", "STRASSE"),
        ("Ελλάδα", "ελλάδα"),
        ("e\u0301cole", "École"),  # as macOS writes an accent
    ],
)
def test_search_knows_the_case_of_every_letter(anna: Visitor, title: str, search: str) -> None:
    anna.keep(title=title)
    anna.keep(title="other", tags=title, notes="")
    anna.keep(title="more")
    page = anna.get("/records", query_string={"q": search}).text
    assert "2 records" in page


def test_titles_are_in_a_dictionarys_order(anna: Visitor) -> None:
    """Accented titles came after Z."""
    order = ["apple", "cote", "coté", "côte", "Ecole", "École", "Eva", "Übung", "undo", "Zebra", "δέλτα"]
    for title in reversed(order):
        anna.keep(title=title)
    found = re.findall(r"<strong>([^<]+)</strong>", anna.get("/records").text)
    assert found == order


def test_a_long_list_has_pages(anna: Visitor, parts: Services) -> None:
    lines = "\n".join(f"Record {number:03},x" for number in range(101))
    anna.post("/transfer/import", {"file": upload(b"title,password\n" + lines.encode())})
    first, last = anna.get("/records").text, anna.get("/records?page=3").text
    assert "Page 1 of 3" in first
    assert "Record 049" in first
    assert "Record 050" not in first
    assert "Record 100" in last
    assert "Next" not in last
    assert anna.get("/records?page=99999999999999999999").status_code == 200


def test_a_change_is_kept_in_the_history(anna: Visitor) -> None:
    record = anna.keep(title="Bank", secret="old")
    anna.post(f"/records/{record}/edit", {"title": "Bank", "secret": "new", "revision": "1"})
    assert "new" in anna.get(f"/records/{record}").text
    history = anna.get(f"/records/{record}/history").text
    assert "old" in history
    assert ">new<" not in history


def test_a_record_can_be_what_it_was_again(anna: Visitor, program: Program) -> None:
    record = anna.keep(title="Bank", secret="first", tags="one", otp="JBSWY3DP")
    anna.post(f"/records/{record}/edit", {"title": "Bank", "secret": "second", "revision": "1"})
    history = anna.get(f"/records/{record}/history").text
    assert ">JBSWY3DP<" in history
    assert ">one<" in history
    path = f"/records/{record}/history/1/restore"
    assert path in history
    assert anna.post(path, {"revision": "1"}).status_code == 409
    assert anna.post(path, {"revision": "2"}).location == f"/records/{record}"
    kept = program.call("GET", f"/records/{record}").json
    assert (kept["secret"], kept["tags"], kept["otp"], kept["revision"]) == ("first", ["one"], "JBSWY3DP", 3)
    before = program.call("GET", f"/records/{record}/history").json
    assert [revision["secret"] for revision in before] == ["second", "first"]
    assert anna.post(f"/records/{record}/history/9/restore", {"revision": "3"}).status_code == 404


def test_saving_without_a_change_makes_no_history(anna: Visitor) -> None:
    record = anna.keep(title="Bank", secret="same")
    anna.post(f"/records/{record}/edit", {"title": "Bank", "secret": "same", "revision": "1"})
    assert "It was never changed" in anna.get(f"/records/{record}/history").text


def test_a_change_on_top_of_another_one_is_not_lost_in_silence(anna: Visitor) -> None:
    record = anna.keep(title="Bank")
    assert anna.post(f"/records/{record}/edit", {"title": "First", "revision": "1"}).status_code == 302
    answer = anna.post(f"/records/{record}/edit", {"title": "Second", "revision": "1"})
    assert answer.status_code == 409
    assert "changed in the meantime" in answer.text
    assert 'value="Second"' in answer.text
    assert "First" in anna.get(f"/records/{record}").text


def test_the_code_of_a_seed_is_the_standards(anna: Visitor, clock: Clock) -> None:
    """RFC 6238 appendix B: at 59 s the eight digits are 94287082; six of them are shown."""
    clock.time = datetime.fromtimestamp(59, UTC)
    anna.post("/logout")
    anna.log_in("anna", "quiet river under nine moons")
    record = anna.keep(title="Bank", otp="GEZD GNBV gy3t qojq gezd gnbv gy3t qojq")
    page = anna.get(f"/records/{record}").text
    assert ">287082<" in page
    assert "good for 1 s" in page


@pytest.mark.parametrize("given", ["JBSWY3DPEHPK3PXP", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&issuer=y"])
def test_a_seed_of_80_bits_or_as_an_address_will_do(anna: Visitor, given: str) -> None:
    record = anna.keep(title="Bank", otp=given)
    assert 'id="code"' in anna.get(f"/records/{record}").text


def test_a_code_of_another_kind_is_as_the_site_says(anna: Visitor, clock: Clock) -> None:
    """Eight digits of SHA-256 each minute were shown as six of SHA-1, and wrong."""
    clock.time = datetime.fromtimestamp(2 * 59, UTC)
    anna.post("/logout")
    anna.log_in("anna", "quiet river under nine moons")
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"
    record = anna.keep(title="Bank", otp=f"otpauth://totp/x?secret={seed}&algorithm=SHA256&digits=8&period=60")
    page = anna.get(f"/records/{record}").text
    assert ">46119246<" in page
    assert 'data-seconds-left="2"' in page
    form = FormReader(anna.get(f"/records/{record}/edit").text).values
    anna.post(f"/records/{record}/edit", {**form, "title": "Other bank"})
    assert ">46119246<" in anna.get(f"/records/{record}").text


def test_a_seed_that_an_earlier_release_kept_does_not_break_its_page(anna: Visitor, parts: Services) -> None:
    record = anna.keep(title="Bank", otp="JBSWY3DPEHPK3PXP")
    (account,) = parts.directory.accounts()
    for kept, shown in {"JBSWY3DPEHPK3PXP\n": 'id="code"', "JBSWY3DPEHPK3P!!": "A seed is written in"}.items():
        with parts.vaults.opened(account.id) as connection:
            connection.execute("UPDATE records SET otp = ?", (kept,))
        answer = anna.get(f"/records/{record}")
        assert answer.status_code == 200
        assert shown in answer.text


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "null\x00"}, "title"),
        ({"title": "x", "otp": "not base32!"}, "otp"),
        ({"title": "x", "otp": "A"}, "otp"),
        ({"title": "x", "otp": "otpauth://[x"}, "otp"),
        ({"title": "x", "otp": "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP"}, "otp"),
        ({"title": "x", "tags": ",".join(f"t{number}" for number in range(21))}, "tags"),
        ({"title": "x", "tags": "t" * 51}, "tags"),
    ],
)
def test_what_can_not_be_kept_is_said_beside_its_field_and_nothing_typed_is_lost(
    anna: Visitor, form: dict[str, str], field: str
) -> None:
    answer = anna.post("/records/new", {"notes": "typed with care", **form})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "typed with care" in answer.text
    assert "Nothing here yet" in anna.get("/records").text


def test_a_duplicated_form_field_counts_once(anna: Visitor) -> None:
    answer = anna.post("/records/new", {"title": ["First", "Second"]})
    assert "First" in anna.get(answer.location).text


def test_a_body_that_is_no_text_is_refused(anna: Visitor) -> None:
    answer = anna.client.post(
        "/records/new",
        data=b"csrf_token=" + anna.token().encode() + b"&title=\xff\xfe",
        content_type="application/x-www-form-urlencoded",
        headers=anna.headers,
        base_url="https://strongbox.test",
    )
    assert answer.status_code < 500


def test_ten_megabytes_are_refused(anna: Visitor) -> None:  # P-10
    answer = anna.send("/records/new", {"title": "x" * 10_000_000})
    assert answer.status_code == 413
    assert "At most 512 KiB" in answer.text


def test_a_defect_shows_no_traceback_and_names_the_request(
    app: Flask, anna: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect() -> None:
        raise ValueError("canary of a secret")

    monkeypatch.setitem(app.view_functions, "records.index", defect)
    answer = anna.get("/records")
    assert answer.status_code == 500
    assert "canary" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


KEY = "-----BEGIN KEY-----\nAAAA\n\n  BBBB\n-----END KEY-----\n"


class FormReader(HTMLParser):
    """What a browser sends of a form that nobody touched: inputs of one line lose their line breaks."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        if tag == "input":
            value = about.get("value") or ""
            one_line = value.replace("\r", "").replace("\n", "")
            self.values[about["name"] or ""] = value if about.get("type") == "hidden" else one_line
        elif tag == "textarea":
            self._area = about["name"] or ""
            self.values[self._area] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            text = self.values[self._area].replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n")
            self.values[self._area] = text.replace("\n", "\r\n")
            self._area = ""


@pytest.mark.parametrize("field", ["username", "secret", "url", "notes", "title"])
@pytest.mark.parametrize("value", [KEY, KEY.replace("\n", "\r\n"), "\nfirst", "last\n", "a\rb", " blanks \t "])
def test_a_change_of_another_field_leaves_each_line_as_it_was(
    program: Program, anna: Visitor, field: str, value: str
) -> None:
    """Editing the title of an imported key took its line breaks away."""
    record = program.call("POST", "/records", {"title": "SSH", field: value}).json["id"]
    form = FormReader(anna.get(f"/records/{record}/edit").text).values
    answer = anna.post(f"/records/{record}/edit", {**form, "tags": "changed"})
    assert answer.status_code == 302, answer.text
    kept = program.call("GET", f"/records/{record}").json
    assert (kept[field], kept["tags"]) == (value, ["changed"])


def test_an_imported_key_of_several_lines_is_shown_and_kept_as_it_is(program: Program, anna: Visitor) -> None:
    record = program.call("POST", "/records", {"title": "old", "secret": KEY}).json["id"]
    program.call("PUT", f"/records/{record}", {"title": "new", "secret": "other", "revision": 1})
    assert f">{KEY}</code>" in anna.get(f"/records/{record}/history").text
    anna.post("/transfer/import", {"file": upload(f'title,password\nimported,"{KEY}"\n'.encode())})
    (found,) = program.call("GET", "/records?q=imported").json["items"]
    assert f">{KEY}</code>" in anna.get(f"/records/{found['id']}").text


def upload(content: bytes) -> tuple[object, str]:
    from io import BytesIO

    return BytesIO(content), "records.csv"
