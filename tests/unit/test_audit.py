"""What `make audit` makes of what the checkers say."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.hostaudit import lynis, tls
from ansible_collections.slipway.kit.plugins.plugin_utils.audit import containers, scores
from ansible_collections.slipway.kit.plugins.plugin_utils.audit.engine import ENGINE as CHECKS_OF_THE_ENGINE
from slipway.audit import deviations, history, table
from slipway.audit.deviations import Deviation

ENGINE = {
    "icc": False,
    "log-driver": "local",
    "no-new-privileges": True,
    "live-restore": True,
    "userland-proxy": False,
}


def container(**host: object) -> dict[str, object]:
    return {
        "Name": "/box-blue",
        "Config": {"User": "10001:10001", "Healthcheck": {"Test": ["CMD", "true"]}},
        "Mounts": [{"Source": "/var/lib/slipway/apps/box/data"}],
        "HostConfig": {
            "CapDrop": ["ALL"],
            "Memory": 2**28,
            "NanoCpus": 10**9,
            "PidsLimit": 256,
            "ReadonlyRootfs": True,
            "SecurityOpt": ["no-new-privileges:true"],
            "NetworkMode": "box_default",
            "PortBindings": {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "20000"}]},
        }
        | host,
    }


def test_a_confined_container_passes_every_check() -> None:
    passed, total, failures = containers.audit([container()], ENGINE)
    assert failures == []
    assert passed == total == len(containers.CHECKS) + len(CHECKS_OF_THE_ENGINE)


@pytest.mark.parametrize(
    ("host", "number"),
    [
        ({"CapDrop": None}, "5.4"),
        ({"CapAdd": ["NET_ADMIN"]}, "5.4a"),
        ({"Privileged": True}, "5.5"),
        ({"NetworkMode": "host"}, "5.10"),
        ({"Memory": 0}, "5.11"),
        ({"NanoCpus": 0}, "5.12"),
        ({"ReadonlyRootfs": False}, "5.13"),
        ({"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "80"}]}}, "5.14"),
        ({"PortBindings": {"80/tcp": [{"HostIp": "::", "HostPort": "80"}]}}, "5.14"),
        ({"PidMode": "host"}, "5.16"),
        ({"IpcMode": "host"}, "5.17"),
        ({"Devices": [{"PathOnHost": "/dev/kvm"}]}, "5.18"),
        ({"SecurityOpt": ["no-new-privileges:true", "seccomp=unconfined"]}, "5.21"),
        ({"SecurityOpt": None}, "5.25"),
        ({"PidsLimit": None}, "5.28"),
        ({"NetworkMode": "bridge"}, "5.29"),
        ({"UsernsMode": "host"}, "5.30"),
    ],
)
def test_each_way_out_of_a_container_fails_its_own_check(host: dict[str, object], number: str) -> None:
    assert [one["id"] for one in containers.audit([container(**host)], ENGINE)[2]] == [number]


@pytest.mark.parametrize(
    ("part", "value", "numbers"),
    [
        ("Config", {"User": "", "Healthcheck": {"Test": ["CMD", "true"]}}, ["4.1"]),
        ("Config", {"User": "10001"}, ["4.6"]),
        ("Mounts", [{"Source": "/etc"}], ["5.6"]),
        ("Mounts", [{"Source": "/run/docker.sock"}], ["5.6", "5.31"]),
    ],
)
def test_users_and_mounts_are_checked(part: str, value: object, numbers: list[str]) -> None:
    failures = containers.audit([container() | {part: value}], ENGINE)[2]
    assert [one["id"] for one in failures] == numbers


@pytest.mark.parametrize(
    ("setting", "number"),
    [
        ({"icc": True}, "2.2"),
        ({"hosts": ["tcp://0.0.0.0:2375"]}, "2.7"),
        ({"log-driver": "json-file"}, "2.13"),
        ({"no-new-privileges": False}, "2.14"),
        ({"live-restore": False}, "2.15"),
        ({"userland-proxy": True}, "2.16"),
        ({"experimental": True}, "2.17"),
        ({"insecure-registries": ["registry.example"]}, "2.18"),
    ],
)
def test_each_setting_of_the_engine_fails_its_own_check(setting: dict[str, object], number: str) -> None:
    assert containers.audit([], ENGINE | setting)[2][0]["id"] == number


LYNIS_REPORT = """# Lynis Report
lynis_version=3.1.4
warning[]=PKGS-7392|Found one or more vulnerable packages.|-|-|
suggestion[]=SSH-7408|Consider hardening SSH configuration|MaxSessions (set 10 to 2)|-|
suggestion[]=SSH-7408|Consider hardening SSH configuration|Port (set 22 to )|-|
hardening_index=86
"""


def lynis_found(index: int, skipped: list[str] | None = None) -> dict[str, object]:
    return {**lynis.parse(LYNIS_REPORT.replace("=86", f"={index}")), "skipped": skipped or []}


def test_lynis_is_scored_by_its_index() -> None:
    score = scores.lynis(lynis_found(86))
    assert (score.value, score.met) == ("index 86", True)
    assert [one.id for one in score.open] == ["PKGS-7392", "SSH-7408"]
    assert not scores.lynis(lynis_found(84)).met


PROFILE = """# comment
config-data=sysctl;kernel.sysrq;0;1;Disable magic SysRQ;sysctl -a;-;category:security;
config-data=sysctl;net.ipv4.tcp_syncookies;1;1;Use SYN cookies;sysctl -a;-;category:security;
"""


@pytest.mark.parametrize(
    ("kind", "tests"),
    [
        ("", []),
        ("vm", ["USB-3000"]),
        ("container", ["ACCT-9628", "MACF-6290", "USB-3000", "KRNL-6000:kernel.sysrq"]),
    ],
)
def test_lynis_is_not_asked_for_what_the_machine_below_decides(kind: str, tests: list[str]) -> None:
    assert lynis.not_to_ask(PROFILE, kind) == [*lynis.MISREAD, *tests]


def test_what_lynis_was_not_asked_is_shown_with_its_reason() -> None:
    reasons = {one.id for one in deviations.read() if one.checker == "Lynis"}
    asked_not = lynis.not_to_ask(PROFILE, "container")
    left = scores.lynis(lynis_found(86, asked_not)).open
    assert [one.id for one in left[2:]] == [*lynis.MISREAD, "ACCT-9628", "MACF-6290", "USB-3000", "KRNL-6000"]
    assert {one.id for one in left[2:]} <= reasons


def test_ssh_audit_is_scored_by_failures_and_warnings() -> None:
    good = {"kex": [{"algorithm": "sntrup761x25519-sha512", "notes": {"info": ["available since"]}}]}
    assert scores.ssh(good).met
    weak = {"kex": [{"algorithm": "ecdh-sha2-nistp256", "notes": {"fail": ["suspected of a back door"]}}], "key": []}
    score = scores.ssh(weak)
    assert (score.value, score.met) == ("1 failures, 0 warnings", False)
    assert [(one.id, one.text) for one in score.open] == [("ecdh-sha2-nistp256", "fail: suspected of a back door")]
    assert not scores.ssh({}).met, "no answer is not a good answer"


def test_testssl_counts_what_is_above_low_and_not_explained() -> None:
    report = """[
      {"id": "HSTS", "severity": "OK", "finding": "2 years"},
      {"id": "cipher_order", "severity": "LOW", "finding": "x"},
      {"id": "cert_chain_of_trust", "severity": "HIGH", "finding": "test authority"},
      {"id": "BREACH", "severity": "MEDIUM", "finding": "gzip"}
    ]"""
    sites = {"box.test": tls.parse(report)}
    [score] = scores.tls(sites, {"cert_chain_of_trust"})
    assert (score.checker, score.value, score.met) == ("testssl box.test", "1 above LOW", False)
    assert scores.tls(sites, {"cert_chain_of_trust", "BREACH"})[0].met


def test_scores_stand_beside_the_previous_run_and_say_what_is_open() -> None:
    found = [scores.lynis(lynis_found(84))]
    reasons = [Deviation("Lynis", "SSH-7408", "Fewer sessions would break a converge.")]
    assert table.render("web1", found, {"Lynis": "index 80"}, reasons) == (
        "web1                     this run                 previous                 target\n"
        "Lynis                    index 84                 index 80                 index 85  MISSED\n"
        "\n"
        "Lynis, open and without a reason:\n"
        "  PKGS-7392: Found one or more vulnerable packages.\n"
        "\n"
        "Lynis, left as it is:\n"
        "  SSH-7408: Fewer sessions would break a converge."
    )


def test_runs_are_kept_and_the_newest_is_the_previous_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inventories").mkdir()
    monkeypatch.chdir(tmp_path)
    assert history.previous("production") == {}
    kept = history.keep("production", {"web1": {"Lynis": "index 80"}})
    assert kept.is_relative_to(tmp_path / ".logs" / "audit" / "production")
    assert (tmp_path / ".logs" / ".gitignore").read_text() == "*\n"
    assert history.previous("production") == {"web1": {"Lynis": "index 80"}}
    assert history.previous("staging") == {}


def test_every_deviation_has_a_reason_of_its_own() -> None:  # I-04
    assert deviations.read()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {checker: Lynis, id: X, reason: ' '}", "has no reason"),
        ("- {checker: Lynis, id: X, reason: a}\n- {checker: Lynis, id: X, reason: b}", "stands twice"),
    ],
)
def test_a_deviation_without_a_reason_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "deviations.yml").write_text(text)
    with pytest.raises(ValueError, match=message):
        deviations.read(tmp_path / "deviations.yml")
