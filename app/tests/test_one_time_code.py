"""One-time codes: the standard's own numbers, and every part of a key URI."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongbox.exceptions import Invalid
from strongbox.one_time_code import ALGORITHMS, KEPT, Code, Seed, current_code, parse, seed_of

DIGITS = b"1234567890" * 7
SECRETS = {
    name: base64.b32encode(DIGITS[:size]).decode().rstrip("=")
    for name, size in {"SHA1": 20, "SHA256": 32, "SHA512": 64}.items()
}

VECTORS = {  # RFC 6238 appendix B, with erratum 2866: each algorithm has a secret as long as its digest
    59: ("94287082", "46119246", "90693936"),
    1111111109: ("07081804", "68084774", "25091201"),
    1111111111: ("14050471", "67062674", "99943326"),
    1234567890: ("89005924", "91819424", "93441116"),
    2000000000: ("69279037", "90698825", "38618901"),
    20000000000: ("65353130", "77737706", "47863826"),
}


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize("seconds", VECTORS)
@pytest.mark.parametrize("place", range(3), ids=list(SECRETS))
def test_the_codes_are_those_of_the_standard(seconds: int, place: int) -> None:
    name, secret = list(SECRETS.items())[place]
    kept = seed_of(f"otpauth://totp/x?secret={secret}&algorithm={name}&digits=8")
    assert current_code(kept, at(seconds)) == Code(VECTORS[seconds][place], 30 - seconds % 30)


def test_a_period_of_a_minute_is_a_minute() -> None:
    kept = seed_of(f"otpauth://totp/x?secret={SECRETS['SHA256']}&algorithm=SHA256&digits=8&period=60")
    # The code of the standard's 60th second is that of our 120th.
    assert current_code(kept, at(2 * 1111111109)) == Code("68084774", 60 - 2 * 1111111109 % 60)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("  ", ""),
        ("jbsw y3dp-ehpk 3pxp====", "JBSWY3DPEHPK3PXP"),
        ("otpauth://totp/ACME:anna?secret=JBSWY3DPEHPK3PXP&issuer=ACME", "JBSWY3DPEHPK3PXP"),
        (" OTPAUTH://TOTP/x?secret=jbsw%20y3dp%20ehpk%203pxp&algorithm=sha1&period=30\n", "JBSWY3DPEHPK3PXP"),
        (
            "otpauth://totp/ACME%20Co:anna@x.example?digits=8&secret=JBSWY3DPEHPK3PXP&issuer=ACME%20Co",
            "otpauth://totp/ACME%20Co:anna@x.example"
            "?secret=JBSWY3DPEHPK3PXP&algorithm=SHA1&digits=8&period=30&issuer=ACME%20Co",
        ),
        (
            "otpauth://totp/?secret=JBSWY3DPEHPK3PXP&algorithm=HMAC-SHA512&period=15&image=x",
            "otpauth://totp/?secret=JBSWY3DPEHPK3PXP&algorithm=SHA512&digits=6&period=15",
        ),
    ],
)
def test_what_sites_show_is_kept_in_one_form(text: str, kept: str) -> None:
    assert seed_of(text) == kept
    assert re.fullmatch(KEPT, kept)
    assert seed_of(kept) == kept


LETTERS = "A seed is written in the letters A to Z and the digits 2 to 7, or as an address, otpauth://totp/..."
FIRST = "An address of one-time codes begins with otpauth://totp/."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("not base32!", LETTERS),
        ("A", LETTERS),
        ("otpauth://totp/x", LETTERS),
        ("otpauth://totp/x?secret=", LETTERS),
        ("otpauth://totp/x?secret=018", LETTERS),
        ("otpauth://[x", "This address of one-time codes can't be read."),
        (
            "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP&counter=1",
            "These codes go by a counter (hotp), not by the time (totp): Strongbox can't make them.",
        ),
        ("otpauth://yaotp/x?secret=JBSWY3DPEHPK3PXP", FIRST),
        ("otpauth-migration://offline?data=x", FIRST),
        ("https://example.com", FIRST),
        ("steam://JBSWY3DPEHPK3PXP", "Steam's codes are letters of a kind of their own, which Strongbox can't make."),
        (
            "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&encoder=steam",
            "These codes are written in a way of their own (encoder), which Strongbox can't do.",
        ),
        (
            "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&secret=JBSWY3DP",
            "The address has secret twice: which of them is meant?",
        ),
        (
            "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&algorithm=MD5",
            "The algorithm must be one of SHA1, SHA256, SHA512, not MD5.",
        ),
        (
            "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&digits=10",
            "The number of digits must be from 6 to 8, not 10.",
        ),
        (
            "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&digits=six",
            "The number of digits must be from 6 to 8, not six.",
        ),
        (
            "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&period=0",
            "The period in seconds must be from 1 to 3600, not 0.",
        ),
    ],
)
def test_what_no_codes_can_be_made_from_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        seed_of(text)
    assert (refusal.value.field, refusal.value.message) == ("otp", sentence)


@settings(derandomize=True, deadline=None, database=None)
@given(
    st.builds(
        Seed,
        secret=st.binary(min_size=1, max_size=64).map(lambda key: base64.b32encode(key).decode().rstrip("=")),
        algorithm=st.sampled_from(list(ALGORITHMS)),
        digits=st.integers(6, 8),
        period_s=st.integers(1, 3600),
        label=st.text(st.characters(codec="utf-8"), max_size=20),
        issuer=st.text(st.characters(codec="utf-8"), max_size=20),
    )
)
def test_every_seed_comes_back_from_what_is_kept(seed: Seed) -> None:
    kept = seed.as_text()
    assert re.fullmatch(KEPT, kept)
    found = parse(kept)
    assert (found.secret, found.algorithm, found.digits, found.period_s) == (
        seed.secret, seed.algorithm, seed.digits, seed.period_s)  # fmt: skip
    assert found.as_text() == kept


@settings(derandomize=True, deadline=None, database=None)
@given(st.text(max_size=60).map("otpauth://".__add__) | st.text(max_size=60))
def test_no_text_at_all_is_a_defect(text: str) -> None:
    try:
        kept = seed_of(text)
    except Invalid:
        return
    assert re.fullmatch(KEPT, kept)


def test_a_seed_is_not_shown_by_accident() -> None:
    assert "JBSWY3DP" not in repr(parse("JBSWY3DP"))
