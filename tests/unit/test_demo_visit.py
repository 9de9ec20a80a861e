"""What the demo reads from curl's report."""

from __future__ import annotations

from slipway.demo.visit import Visit, parse

OUTPUT = """HTTP/2 200 \r
content-type: text/html\r
x-release: 20261121T0340Z-abc\r
\r

{"http_code":200,"http_version":"2","size_download":2149}
Subject:CN = strongbox.demo.test
Issuer:CN = Pebble Intermediate CA 0d1b2c
Version:2
Start date:Nov 21 03:00:00 2026 GMT
Expire date:Nov 21 03:00:00 2031 GMT
Subject:CN = Pebble Intermediate CA 0d1b2c
Issuer:CN = Pebble Root CA 123456
Expire date:Nov 21 02:00:00 2056 GMT
"""


def test_status_release_and_the_leaf_certificate_are_read() -> None:
    assert parse("https://app.test/", OUTPUT) == Visit(
        url="https://app.test/",
        status=200,
        http="2",
        size_bytes=2149,
        release="20261121T0340Z-abc",
        issuer="Pebble Intermediate CA 0d1b2c",
        expires="Nov 21 03:00:00 2031 GMT",
    )


def test_an_answer_without_release_header_says_unknown() -> None:
    assert parse("https://app.test/", OUTPUT.replace("x-release", "x-other")).release == "unknown"
