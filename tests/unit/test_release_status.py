"""What `make status` shows."""

from __future__ import annotations

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from ansible_collections.slipway.kit.plugins.module_utils.findings.duration import age
from ansible_collections.slipway.kit.plugins.module_utils.release.status import not_after
from ansible_collections.slipway.kit.plugins.plugin_utils.release_table import summary, table
from slipway.rig import keys

APP = {
    "app": "tiny",
    "domain": "app.test",
    "slot": "green",
    "container": "healthy",
    "memory_bytes": 52 * 1024 * 1024 + 1,
    "certificate_days": 61.5,
    "maintenance": False,
    "busy": "",
    "interrupted": "",
    "releases": [
        {"id": "b" * 12, "state": "bad", "revision": "", "age_s": 59, "size": 140 * 1024 * 1024, "by": "ci"},
        {"id": "a" * 12, "state": "live", "revision": "1f2e3d+", "age_s": 7300, "size": 140 * 1024 * 1024, "by": "me"},
    ],
}


def test_the_table_names_state_age_and_size_of_each_release_the_live_one_first() -> None:
    assert table([APP]) == [
        "tiny at https://app.test; slot green, healthy; 52 MiB; certificate for 61.5 days",
        "  release       state  revision  age   size     by",
        "  aaaaaaaaaaaa  live   1f2e3d+   2 h   140 MiB  me",
        "  bbbbbbbbbbbb  bad    -         59 s  140 MiB  ci",
    ]


def test_what_is_out_of_the_ordinary_is_said_in_the_first_line() -> None:
    odd = APP | {"maintenance": True, "busy": "ci since 10:00", "interrupted": "gate", "certificate_days": None}
    assert table([odd])[0].endswith(
        "no certificate (why: `slipway verify ENV`); MAINTENANCE PAGE IS ON; locked by ci since 10:00; "
        "interrupted at gate: the next deploy ends it"
    )


def test_a_job_that_failed_is_named() -> None:
    assert "FAILED: clean, report (`slipway jobs ENV`)" in summary(APP | {"jobs_failed": ["clean", "report"]})
    assert "FAILED" not in summary(APP | {"jobs_failed": []})


def test_a_missing_certificate_is_said_with_its_reason() -> None:
    why = "app.test: none since 2026-11-26 02:15:00 UTC; https://ca.test/dir does not answer: Connection refused"
    for days in (None, 61.5):
        [first, *_] = table([APP | {"certificate_days": days, "certificate_missing": why}])
        assert first.endswith(f"; NO CERTIFICATE FOR {why}")


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 s"), (60, "1 min"), (3599, "59 min"), (90000, "1 d")])
def test_ages_are_told_in_their_largest_unit(seconds: int, said: str) -> None:
    assert age(seconds) == said


@pytest.mark.parametrize("days", [10, 40 * 365])  # from 2050 on the time has another form (RFC 5280, 4.1.2.5)
def test_the_end_of_a_certificate_is_read_from_its_bytes(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    monkeypatch.setattr(keys, "LIFETIME", timedelta(days=days))
    certificate = keys.certified("app.test")[0].public.partition("-----END")[0] + "-----END CERTIFICATE-----\n"
    end = x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc
    assert not_after(ssl.PEM_cert_to_DER_cert(certificate)) == end.timestamp()


def test_bytes_that_are_no_certificate_have_no_end() -> None:
    assert not_after(b"nothing of the kind") is None


def test_an_end_in_month_13_is_not_read() -> None:
    certificate = keys.certified("app.test")[0].public.partition("-----END")[0] + "-----END CERTIFICATE-----\n"
    end = x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc
    der = ssl.PEM_cert_to_DER_cert(certificate)
    odd = der.replace(end.strftime("%y%m%d%H%M%SZ").encode(), end.strftime("%y13%d%H%M%SZ").encode())
    assert odd != der
    assert not_after(odd) is None


def test_a_host_without_openssl_reads_no_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not_after(b"") is None
