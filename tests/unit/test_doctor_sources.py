"""Where the doctor's knowledge comes from: DNS, a converge in check mode, and what programs print."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.doctor import apps
from ansible_collections.slipway.kit.plugins.module_utils.hostreport import firewall, guards, leases, published, upkeep
from ansible_collections.slipway.kit.plugins.module_utils.release import certificates
from ansible_collections.slipway.kit.plugins.plugin_utils.doctor import drift, zone


@pytest.mark.parametrize(
    ("records", "codes"),
    [
        ([], []),
        ([zone.Caa(0, "issue", "letsencrypt.org")], []),
        ([zone.Caa(0, "issue", "letsencrypt.org; validationmethods=http-01")], []),
        ([zone.Caa(0, "iodef", "mailto:x@example.com")], []),
        ([zone.Caa(0, "issue", "digicert.com")], ["CAA_FORBIDS"]),
        ([zone.Caa(0, "issue", ";")], ["CAA_FORBIDS"]),
    ],
)
def test_caa_records_must_let_the_authority_issue(records: list[zone.Caa], codes: list[str]) -> None:
    found = zone.refusals("box.example.com", "letsencrypt.org", "example.com", records)
    assert [finding.code for finding in found] == codes


def test_the_closest_caa_records_count() -> None:
    records = {"example.com": [zone.Caa(0, "issue", "digicert.com")]}
    look: Callable[[str], list[zone.Caa]] = lambda name: records.get(name, [])  # noqa: E731 - a table as a function
    assert zone.relevant("a.box.example.com", look) == ("example.com", records["example.com"])
    assert zone.issuer_of("https://acme-v02.api.letsencrypt.org/directory") == "letsencrypt.org"
    assert zone.issuer_of("https://pebble:14000/dir") == ""


def test_drift_names_the_tasks_that_would_change_something() -> None:
    plays = [
        {
            "tasks": [
                {"task": {"name": "ssh : configure"}, "hosts": {"web1": {"changed": True}}},
                {"task": {"name": "ssh : run"}, "hosts": {"web1": {"changed": False}}},
            ]
        }
    ]
    changed = drift.parse("a warning\n" + json.dumps({"plays": plays}))
    assert [finding.what for finding in drift.drifted("production", changed)] == [
        "web1 is not as declared, a converge would change 1 things: ssh : configure."
    ]
    with pytest.raises(ValueError, match="no JSON"):
        drift.parse("ERROR! no hosts")


@pytest.mark.parametrize(
    ("state", "said", "waiting"),
    [
        (
            "ActiveState=active\nInvocationID=1f2e\n",
            "a.test: none since x; \x1b[2Jwhy\n",
            "a.test: none since x; \\x1b[2Jwhy",
        ),
        ("ActiveState=active\nInvocationID=1f2e\n", "a" * 50_000, "a" * 400),
        ("ActiveState=active\nInvocationID=1f2e\n", "", ""),
        ("ActiveState=inactive\nInvocationID=\n", "a.test: none since long ago", ""),
        ("", "", ""),
    ],
    ids=["waits", "says too much", "has said nothing yet", "nothing is missing", "no such unit"],
)
def test_the_last_word_on_first_certificates_is_bounded_and_plain(
    monkeypatch: pytest.MonkeyPatch, state: str, said: str, waiting: str
) -> None:
    def output(command: list[str]) -> str:
        return state if command[0] == "systemctl" else said if "_SYSTEMD_INVOCATION_ID=1f2e" in command else "of others"

    monkeypatch.setattr(certificates, "_output", output)
    assert certificates.waiting() == waiting


def test_only_a_name_that_waits_is_missing() -> None:
    waiting = "a.test, b.test: none since x; why: y"
    assert certificates.missing(waiting, ["c.test", "b.test", "a.test"]) == "b.test: none since x; why: y"
    assert certificates.missing(waiting, ["test", "c.test"]) == certificates.missing("", ["a.test"]) == ""


def test_a_simulated_upgrade_tells_security_updates_from_others() -> None:
    simulation = (
        "Inst openssl [3.5.1-1] (3.5.7-1 Debian-Security:13/stable-security [amd64])\n"
        "Inst tzdata [2025b-1] (2026f-0 Debian:13-updates/stable-updates [all])\n"
        "Conf openssl (3.5.7-1 Debian-Security:13/stable-security [amd64])\n"
    )
    assert upkeep.parse_security(simulation) == ["openssl"]
    assert upkeep.parse_security("") is None, "no answer is not `nothing is pending`"


def test_secrets_that_others_may_read_are_found_by_their_modes(tmp_path: Path) -> None:
    root = tmp_path / "secrets"
    (root / "box").mkdir(parents=True, mode=0o700)
    root.chmod(0o700)
    (root / "box/kek").write_text("x")
    (root / "box/kek").chmod(0o400)
    assert guards.exposed(root) == []
    (root / "box/kek").chmod(0o444)
    assert guards.exposed(root) == [f"0444 {root}/box/kek"]


def test_a_damaged_lease_counts_as_dead(tmp_path: Path) -> None:
    state = tmp_path / "box/state"
    state.mkdir(parents=True)
    (state / "lease.json").write_text("{")
    [held] = cast("list[dict[str, object]]", leases.read(tmp_path)["held"])
    assert [finding.code for finding in apps.leases([held])] == ["LEASE_DEAD"]


RULES = "chain forward {\n  policy drop;\n  accept\n}\nchain input {\n  accept\n}\n"


@pytest.mark.parametrize(
    ("loaded", "missing", "foreign"),
    [
        # The same line is still there elsewhere.
        (RULES.replace("  accept\n", "", 1), ["accept"], []),
        (RULES.replace("policy drop", "policy accept"), ["policy drop;"], ["policy accept;"]),
        (RULES.replace("input {\n", "input {\n  tcp dport 22 accept\n"), [], ["tcp dport 22 accept"]),
        ("", ["chain forward {", "policy drop;", "accept", "}", "chain input {", "accept", "}"], []),
    ],
    ids=["rule gone", "policy", "rule added", "flushed"],
)
def test_a_firewall_that_was_changed_differs(loaded: str, missing: list[str], foreign: list[str]) -> None:
    assert firewall.difference(loaded, RULES) == {"missing": missing, "foreign": foreign}


def test_a_firewall_that_is_as_declared_does_not_differ() -> None:
    assert firewall.difference(RULES.replace("  ", "\t"), RULES) == {}
    assert firewall.difference(RULES, "") == {}, "what can't be known is not reported as a change"


def test_containers_are_told_with_their_bridges() -> None:
    place = {"NetworkID": "n1", "IPAddress": "172.31.77.2", "GlobalIPv6Address": ""}
    container: dict[str, object] = {"Names": ["/box"], "NetworkSettings": {"Networks": {"own": place}}}
    networks: dict[str, dict[str, object]] = {
        "n1": {"Driver": "bridge", "Options": {"com.docker.network.bridge.name": "web0"}}
    }
    [found] = published.attached(container, networks)
    assert found == {
        "name": "box",
        "network": "own",
        "driver": "bridge",
        "bridge": "web0",
        "addresses": ["172.31.77.2"],
    }
    assert published.attached({"Names": ["/host"]}, networks) == []
