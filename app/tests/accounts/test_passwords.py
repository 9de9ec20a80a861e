"""What is kept of a password, with the real parameters (control P-01); the other tests hash with little memory."""

from __future__ import annotations

import pytest
from argon2 import Type, extract_parameters

from strongbox.accounts import passwords

LEAST_MEMORY_KIB = 46 * 1024
"""OWASP ASVS 5.0, appendix C: 46 MiB where one pass is made."""

pytestmark = pytest.mark.usefixtures("real_hashing")


def test_passwords_are_hashed_by_argon2id_with_46_mib() -> None:  # P-01
    kept = passwords.hash_password("quiet river")
    parameters = extract_parameters(kept)
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= LEAST_MEMORY_KIB
    assert passwords.is_right("quiet river", kept)
    assert not passwords.is_right("quiet RIVER", kept)


def test_the_hash_of_nobody_costs_as_much_as_any_other_and_nobody_knows_its_password() -> None:  # P-08
    assert extract_parameters(passwords.NOBODYS_HASH) == extract_parameters(passwords.hash_password("x"))
    assert passwords.nobodys_hash(passwords.HASHER) != passwords.NOBODYS_HASH
    assert not passwords.is_right("", None)
