"""Which passwords are refused, and what it costs to say so (control P-02)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from strongbox.accounts import common_passwords, passwords
from strongbox.exceptions import Invalid
from strongbox.generator.generate import make_passphrase, make_password
from strongbox.generator.policy import PassphrasePolicy, PasswordPolicy

GUESSABLE = [
    "password1234567",
    "PASSWORDPASSWORD",
    "dragondragondra",
    "qwertyuiopasdfgh",
    "abcdefghijklmnopqr",
    "zyxwvutsrqponmlk",
    "123456789012345678",
    "09876543210987654",
    "aaaaaaaaaaaaaaaa",
    "abababab abababab",
    "1qaz2wsx3edc4rfv",
    "!!!! monkey !!!!",
    "annabella-annabella",
    "annabella1234567",
    "Strongbox-Annabella",
    "s t r o n g b o x 1 2 3",
]
UNUSUAL = [
    "quiet river under nine moons",
    "correct horse battery",
    "мой дядя самых честных",
    "monkey eats password soup",
]


@pytest.mark.parametrize("password", GUESSABLE)
def test_a_password_that_many_people_have_is_refused(password: str) -> None:
    with pytest.raises(Invalid, match="too easy to guess"):
        passwords.require_strong(password, "password", "annabella")


@pytest.mark.parametrize("password", UNUSUAL)
def test_an_unusual_one_will_do_whatever_its_characters_are(password: str) -> None:
    passwords.require_strong(password, "password", "annabella")


@pytest.mark.parametrize("length", [0, 14, 129, 100_000])
def test_the_length_is_looked_at_first(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "is_common", lambda *_: pytest.fail("it was looked at"))
    with pytest.raises(Invalid, match="between 15 and 128 characters"):
        passwords.require_strong("x" * length, "password")


def test_what_the_generator_makes_is_good_enough() -> None:
    for _ in range(200):
        passwords.require_strong(make_password(PasswordPolicy()).password, "password", "anna")
        passwords.require_strong(make_passphrase(PassphrasePolicy(words=4)).password, "password", "anna")


def test_the_list_is_one_that_is_searched_in_small_letters() -> None:
    words = common_passwords._listed().split()
    assert len(words) == len(set(words)) > 10_000
    assert all(word == word.casefold() for word in words)


def cost_of(work: Callable[[], object]) -> float:
    """The processor's seconds for it; the least of some tries, because a busy machine only ever adds."""
    least = math.inf
    for _ in range(5):
        began = time.process_time()
        work()
        least = min(least, time.process_time() - began)
    return least


@given(st.text(min_size=15, max_size=128), st.text(max_size=64))
@example('"@4(8[{<69#1!|7$50+%2"' * 6, "anna")
@example("ab" * 63 + "c" * 2, "a")
@example("a" * 127 + "b", "a" * 64)
@settings(max_examples=300, derandomize=True, deadline=None, database=None)
def test_no_password_costs_more_than_a_small_part_of_its_hash(password: str, name: str) -> None:
    """Measured against the same machine's hash, as slow as it may be today: 46 MiB of Argon2id take about 50 ms."""
    assert cost_of(lambda: common_passwords.is_common(password[:128], "strongbox", name)) < HASH_S / 10


HASH_S = cost_of(lambda: passwords.PasswordHasher(memory_cost=47_104, time_cost=1, parallelism=1).hash("x" * 20))
