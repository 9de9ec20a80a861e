"""Passwords meet their policy, and each one that does is equally likely (R3.1)."""

from __future__ import annotations

import ast
import itertools
import math
import random
import secrets
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import strongbox.generator
from strongbox.exceptions import Invalid
from strongbox.generator import generate
from strongbox.generator.generate import Made
from strongbox.generator.policy import LOOK_ALIKES, PassphrasePolicy, PasswordPolicy

KINDS = {
    "lower": str.islower,
    "upper": str.isupper,
    "digits": str.isdigit,
    "symbols": lambda character: not character.isalnum(),
}

POLICIES = [
    PasswordPolicy(),
    PasswordPolicy(length=8, lower=2, upper=2, digits=2, symbols=2),
    PasswordPolicy(length=128, lower=1, upper=1, digits=100, symbols=1),
    PasswordPolicy(length=8, lower=0, upper=0, digits=8, symbols=0),
    PasswordPolicy(length=64, lower=1, upper=0, digits=1, symbols=0, exclude_look_alikes=True),
]


@pytest.mark.parametrize("policy", POLICIES, ids=repr)
def test_a_password_meets_its_policy(policy: PasswordPolicy) -> None:
    for _ in range(50):
        password = generate.make_password(policy).password
        assert len(password) == policy.length
        for kind, least in policy.minima.items():
            found = sum(map(KINDS[kind], password))
            assert found >= least if least else found == 0
        assert not policy.exclude_look_alikes or not LOOK_ALIKES & set(password)


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"length": 7}, "between 8 and 128"),
        ({"length": 129}, "between 8 and 128"),
        ({"length": 8, "digits": 9}, "12 characters are asked for, but the length is 8"),
        ({"lower": 0, "upper": 0, "digits": 0, "symbols": 0}, "Every kind of character is left out"),
        ({"digits": -1}, "must be 0 or more"),
    ],
)
def test_an_impossible_policy_is_refused(wishes: dict[str, int], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        PasswordPolicy(**wishes)


def test_the_number_of_passwords_is_counted_exactly() -> None:
    """Against counting them one by one: alphabets of 2, 3 and 1 characters, length 5, minima 1, 2 and 0."""
    kinds = ((2, 1), (3, 2), (1, 0))
    alphabet = [(kind, number) for kind, (size, _) in enumerate(kinds) for number in range(size)]
    counted = 0
    for word in itertools.product(alphabet, repeat=5):
        amounts = Counter(kind for kind, _ in word)
        counted += all(amounts[kind] >= least for kind, (_, least) in enumerate(kinds))
    assert generate.ways(kinds, 5) == counted


def test_every_password_is_equally_likely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chi-squared over all 64 passwords of a tiny policy: 63 degrees of freedom exceed 170 once in 10^11 runs.

    Filling up the minima and shuffling, the usual way, has 700 here.
    """
    policy = PasswordPolicy(length=8, lower=1, upper=0, digits=1, symbols=0)
    monkeypatch.setattr(PasswordPolicy, "kinds", property(lambda _: (("a", 1), ("12", 1))))
    monkeypatch.setattr(PasswordPolicy, "__post_init__", lambda _: None)
    tiny = PasswordPolicy(length=4)
    drawn = 30_000
    counts = Counter(generate.make_password(tiny).password for _ in range(drawn))
    possible = generate.ways(((1, 1), (2, 1)), 4)
    assert len(counts) == possible
    expected = drawn / possible
    surprise = sum((count - expected) ** 2 / expected for count in counts.values())
    assert surprise < 170, policy


def test_every_character_of_the_alphabet_is_equally_likely() -> None:
    policy = PasswordPolicy(length=128, lower=1, upper=0, digits=0, symbols=0)
    counts = Counter("".join(generate.make_password(policy).password for _ in range(400)))
    expected = 400 * 128 / 26
    surprise = sum((counts[character] - expected) ** 2 / expected for character in map(chr, range(97, 123)))
    assert surprise < 100  # 25 degrees of freedom exceed it once in 10^10 runs


def test_the_entropy_is_that_of_the_choice() -> None:
    assert generate.make_password(
        PasswordPolicy(length=8, lower=0, upper=0, digits=1, symbols=0)
    ).bits == 8 * math.log2(10)
    assert generate.make_passphrase(PassphrasePolicy(words=6)).bits == pytest.approx(77.5, abs=0.1)


def test_a_passphrase_has_its_words_from_the_list() -> None:
    words = generate.make_passphrase(PassphrasePolicy(words=12, separator=" ")).password.split()
    assert len(words) == 12
    assert set(words) <= set(generate.word_list())
    assert len(generate.word_list()) == 7776


@pytest.mark.parametrize("words", [3, 13])
def test_too_few_or_too_many_words_are_refused(words: int) -> None:
    with pytest.raises(Invalid, match="between 4 and 12"):
        PassphrasePolicy(words=words)


@pytest.mark.parametrize(
    "make",
    [lambda: generate.make_password(PasswordPolicy(length=8)), lambda: generate.make_passphrase(PassphrasePolicy())],
    ids=["password", "passphrase"],
)
def test_who_knows_the_state_of_pythons_own_generator_can_not_foretell_what_is_made(
    make: Callable[[], Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("choice", "choices", "getrandbits", "randint", "random", "randrange", "sample", "shuffle"):
        monkeypatch.setattr(random, name, lambda *_, **__: pytest.fail("it was asked"))
    made = set()
    for _ in range(5):
        random.seed(1)
        made.add(make().password)
    assert len(made) == 5


def test_nothing_is_asked_for_a_random_number_but_the_operating_system() -> None:
    """`choice` of `random` makes passwords that look as good, and nobody would notice."""
    for name in ("choice", "randbelow", "SystemRandom"):
        assert getattr(generate, name) is getattr(secrets, name)
    for path in Path(strongbox.generator.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            imported += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert "random" not in imported, path


def test_what_was_made_does_not_show_in_a_traceback() -> None:
    assert repr(generate.make_password(PasswordPolicy())) == "<Made [redacted]>"
