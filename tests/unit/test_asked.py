"""`doctor`, `audit`, `status` and every playbook: nobody asked is not "well"."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.findings.finding import Severity
from ansible_collections.slipway.kit.plugins.module_utils.hostaudit import lynis, tls
from ansible_collections.slipway.kit.plugins.plugin_utils.audit import scores
from ansible_collections.slipway.kit.plugins.plugin_utils.audit.scores import Score
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding
from slipway import cli, playbook, status
from slipway.audit import deviations, table
from slipway.audit import run as audit_run
from slipway.audit import verb as audit_command
from slipway.doctor import run as doctor_run
from slipway.doctor import verb as doctor_command
from slipway.environment import Environment
from slipway.inventory import Inventory
from slipway.pipeline import jobs, ssh
from slipway.pipeline.settings import FILE_VARIABLES, Settings

ROOT = Path(__file__).resolve().parents[2]
SOMEWHERE = Environment("x", (Path("inventories/x"),))
WITHOUT_HOSTS = {
    "no hosts": "all: {hosts: {}}\n",
    "groups without hosts": "all:\n  children:\n    web: {}\n",
    "nothing": "",
}


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "slipway", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("verb", "kind"),
    [*(("audit", kind) for kind in WITHOUT_HOSTS), ("doctor", "no hosts"), ("status", "no hosts")],
)
def test_a_command_that_asked_nobody_exits_with_3(verb: str, kind: str, tmp_path: Path) -> None:
    empty = tmp_path / "staging"
    empty.mkdir()
    (empty / "hosts.yml").write_text(WITHOUT_HOSTS[kind], encoding="utf-8")
    done = command(verb, "-i", str(empty))
    assert done.returncode == 3, done.stdout
    assert f"No host was asked: {empty} names none." in done.stderr
    assert "slipway init staging" in done.stderr
    assert done.stdout == ""


def test_a_limit_that_matches_nothing_exits_with_3(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text("all: {hosts: {web1: {ansible_host: 192.0.2.1}}}\n", encoding="utf-8")
    done = command("doctor", "--no-drift", "-i", str(tmp_path), "--limit", "web2")
    assert done.returncode == 3
    assert "No host was asked: --limit web2 matches none of" in done.stderr


def test_a_playbook_that_came_to_no_host_fails(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(WITHOUT_HOSTS["no hosts"], encoding="utf-8")
    program = Path(sys.executable).with_name("ansible-playbook")
    words = [str(program), "-i", str(tmp_path), "playbooks/verify.yml"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    assert "No host was asked and nothing was done" in done.stderr


def test_hosts_that_did_not_answer_are_told_from_those_that_did() -> None:
    results = {"web1": {}, "web2": {"unreachable": True, "msg": "no route"}, "web3": {"failed": True}}
    report = {"plays": [{"tasks": [{"hosts": results}]}], "stats": dict.fromkeys(results)}
    told = playbook.read(report)
    assert told.hosts == ("web1", "web2", "web3")
    assert told.problems == {"web2": "no route", "web3": "no reason given"}


def reply(hosts: tuple[str, ...], problems: Mapping[str, str], files: Mapping[str, object]) -> object:
    """Return a stand-in for `ask`, which leaves what the play would have left."""

    def ask(run: playbook.Run, environ: object = None) -> playbook.Asked:
        [folder] = run.variables.values()
        for host, content in files.items():
            Path(str(folder), f"{host}.json").write_text(json.dumps(content), encoding="utf-8")
        return playbook.Asked(hosts, problems, ())

    return ask


RAW = {
    "ssh": {"kex": [{"algorithm": "x", "notes": {}}]},
    "lynis": {"index": 90, "warnings": [], "suggestions": [], "skipped": [], "raw": {"index": 82}},
    "tls": {"box.test": []},
    "containers": [],
    "engine": {"icc": False, "log-driver": "local", "no-new-privileges": True, "live-restore": True}
    | {"userland-proxy": False},
}


def audited(monkeypatch: pytest.MonkeyPatch, **raw: object) -> dict[str, list[Score]]:
    monkeypatch.setattr(audit_run, "ask", reply(("web1", "web2"), {"web2": "no route"}, {"web1": RAW | raw}))
    return audit_run.audit(SOMEWHERE, "", deviations.read())


def test_a_host_that_did_not_answer_makes_the_audit_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = audited(monkeypatch)
    assert all(one.met and one.ran for one in found["web1"])
    assert [(one.ran, one.open[0].text) for one in found["web2"]] == [(False, "no route")]
    assert audit_command.exit_code(found["web1"]) == 0
    assert audit_command.exit_code([*found["web1"], *found["web2"]]) == 3


@pytest.mark.parametrize(
    ("raw", "checkers"),
    [
        ({"ssh": {"failed": "timed out"}}, {"ssh-audit"}),
        ({"ssh": {}}, {"ssh-audit"}),
        ({"lynis": {"failed": "killed"}}, {"Lynis", "Lynis raw"}),
        ({"tls": {"box.test": {"failed": "Scan interrupted"}}}, {"testssl box.test"}),
        ({"containers": {"failed": "the engine does not answer"}}, {"containers"}),
    ],
)
def test_a_checker_that_did_not_run_is_not_well(
    monkeypatch: pytest.MonkeyPatch, raw: dict[str, object], checkers: set[str]
) -> None:
    found = audited(monkeypatch, **raw)["web1"]
    assert {one.checker for one in found if not one.ran} == checkers
    assert not any(one.met for one in found if not one.ran)
    assert audit_command.exit_code(found) == 3
    assert "UNKNOWN" in table.render("web1", found, {}, [])


def test_a_missed_target_is_a_finding_and_no_score_is_unknown() -> None:
    missed = scores.containers([], {})
    assert audit_command.exit_code([missed]) == 1
    assert audit_command.exit_code([]) == 3


def test_json_has_both_of_lynis_indices_and_the_reason_of_each_test_left_out() -> None:
    told = {"index": 90, "warnings": [], "suggestions": [], "skipped": ["FIRE-4508", "X-1"], "raw": {"index": 79}}
    known = deviations.read()
    left, raw = (audit_command.as_dict(one, known) for one in (scores.lynis(told), scores.lynis_raw(told)))
    assert (left["value"], left["met"]) == ("index 90", True)
    assert (raw["value"], raw["target"], raw["met"]) == ("index 79", "index 80", False)
    reasons = {entry["id"]: entry["reason"] for entry in left["open"]}  # type: ignore[attr-defined]
    assert "inet slipway" in reasons["FIRE-4508"]
    assert reasons["X-1"] is None


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], 0),
        ([("LEASE_HELD", "notice")], 0),
        ([("DISK_FULL", "warning")], 1),
        ([("DISK_FULL", "error"), ("LEASE_HELD", "notice")], 1),
        ([("HOST_UNREACHABLE", "error")], 3),
        ([("HOST_KEY", "error"), ("DISK_FULL", "error")], 3),
        ([("NOT_EXAMINED", "error")], 3),
    ],
)
def test_the_doctors_exit_code_tells_findings_from_the_unknown(codes: list[tuple[str, Severity]], code: int) -> None:
    entries = [Finding(name, "x", severity=severity) for name, severity in codes]
    assert doctor_command.exit_code({"web1": entries, "web2": []}) == code


def test_the_doctor_knows_nothing_where_there_is_no_host() -> None:
    assert doctor_command.exit_code({}) == 3


def test_a_host_with_notices_only_is_called_well() -> None:
    notice = Finding("LEASE_HELD", "eve deploys.", severity="notice")
    assert doctor_command.headed("web1", [notice]).startswith("web1: well, notices: 1\n")
    assert doctor_command.headed("web1", []) == "web1: well"


def test_each_host_that_the_doctor_asked_is_in_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_run, "ask", reply(("web1", "web2"), {"web2": "crashed"}, {"web1": []}))
    unknown = Finding("DRIFT_UNKNOWN", "x", severity="warning")
    monkeypatch.setattr(doctor_run, "_drift", lambda *_: ({}, unknown))
    found = doctor_run.examine(SOMEWHERE)
    assert [finding.code for finding in found["web1"]] == ["DRIFT_UNKNOWN"]
    assert [(finding.code, finding.what) for finding in found["web2"]] == [
        ("NOT_EXAMINED", "web2 could not be examined: crashed")
    ]


def test_status_tells_a_host_without_apps_from_one_that_did_not_answer() -> None:
    item = {"status": {"app": "box"}}
    task = {"hosts": {"web1": {"results": []}, "web2": {"results": [item]}, "web3": {"msg": "no route"}}}
    told = playbook.Asked(("web1", "web2", "web3"), {"web3": "no route"}, (task,))
    assert status.read(told) == ({"web1": [], "web2": [{"app": "box"}]}, {"web3": "no route"})


def test_the_audit_job_of_an_inventory_without_hosts_exits_with_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inventory = tmp_path / "inventories/staging"
    inventory.mkdir(parents=True)
    (inventory / "hosts.yml").write_text(WITHOUT_HOSTS["no hosts"], encoding="utf-8")
    for name in FILE_VARIABLES:
        (tmp_path / name).write_text("x\n", encoding="utf-8")
        monkeypatch.setenv(name, str(tmp_path / name))
    assert cli.main(["pipeline", "audit", "staging", "--app", "box", "--source", str(tmp_path)]) == 3
    assert "the inventory of staging names no host" in capsys.readouterr().err


def test_the_audit_job_hands_on_what_the_audit_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    there = Environment("staging", (tmp_path,))
    settings = Settings(there, tmp_path, tmp_path, tmp_path, "ada", there)
    monkeypatch.setattr(jobs, "_ready", lambda *_: nullcontext((settings, Inventory(there, (), ()))))
    monkeypatch.setattr(ssh, "private_key", lambda _: nullcontext(tmp_path / "key"))
    for code in (0, 1, 3):
        monkeypatch.setattr(audit_command, "audit", lambda *_, code=code, **__: code)
        assert cli.main(["pipeline", "audit", "staging", "--app", "box"]) == code


@pytest.mark.parametrize(
    "report",
    [
        "",
        "[]",
        '[{"id": "scanTime", "severity": "WARN", "finding": "Scan interrupted"}]',
        '[{"id": "TLS1_3", "severity": "OK", "finding": "offered"}]',
    ],
)
def test_a_scan_that_was_interrupted_found_nothing_out(report: str) -> None:
    with pytest.raises(tls.NoScanError, match="testssl"):
        tls.complete(report)


def test_a_scan_that_came_to_its_end_counts() -> None:
    assert tls.complete('[{"id": "scanTime", "severity": "INFO", "finding": "60"}]') == []


def test_lynis_is_asked_where_it_would_not_misread(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"nft": "chain input {\n type filter hook input priority filter; policy drop;", "apt-cache": "l=Debian"}
    monkeypatch.setattr(lynis, "_said", lambda command: said[command[0]])
    assert lynis.misread() == ["FIRE-4508"]
    said |= {"nft": "policy accept;", "apt-cache": " release o=Debian,n=trixie-security,l=Debian-Security,c=main"}
    assert lynis.misread() == ["PKGS-7388"]
