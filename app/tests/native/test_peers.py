"""Who may connect (R2.1, R2.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from strongbox.native.peers import is_allowed
from strongbox.settings import Mode


@pytest.mark.parametrize(
    ("address", "private", "lan"),
    [
        ("127.0.0.1", True, True),
        ("127.8.8.8", True, True),
        ("::1", True, True),
        ("::ffff:127.0.0.1", True, True),
        ("192.168.1.20", False, True),
        ("10.1.2.3", False, True),
        ("172.31.0.1", False, True),
        ("169.254.1.1", False, True),
        ("fe80::1%eth0", False, True),
        ("fd00::1", False, True),
        ("::ffff:192.168.1.20", False, True),
        ("172.32.0.1", False, False),
        ("8.8.8.8", False, False),
        ("2001:db8::1", False, False),
        ("::ffff:8.8.8.8", False, False),
        ("", False, False),
        ("not an address", False, False),
    ],
)
def test_each_mode_lets_in_its_own_networks(address: str, private: bool, lan: bool) -> None:
    assert is_allowed("private", address) is private
    assert is_allowed("lan", address) is lan
    assert is_allowed("public", address)


@pytest.mark.parametrize("mode", ["private", "lan"])
def test_others_are_refused_even_if_bound_wider_and_a_header_does_not_help(
    make_app: Callable[..., Flask], mode: Mode
) -> None:
    client = make_app(mode=mode, proxy_hops=0).test_client()
    headers = {"X-Forwarded-For": "127.0.0.1"}
    refused = client.get("/", headers=headers, environ_base={"REMOTE_ADDR": "8.8.8.8"})
    assert refused.status_code == 403
    assert refused.text == "This Strongbox does not serve your network.\n"
    assert client.get("/", environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 200
