"""Nothing that an app, an image or a host writes reaches the operator's terminal as a command to it."""

from __future__ import annotations

import re

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.errors import GateError
from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain, plain_line, plain_tree
from ansible_collections.slipway.kit.plugins.plugin_utils.audit.scores import not_run
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import FAILED, UNKNOWN, UnknownError
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import Finding, report
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import shown
from ansible_collections.slipway.kit.plugins.plugin_utils.progress import failure, line
from ansible_collections.slipway.kit.plugins.plugin_utils.release_table import table
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.errors import ShippingError
from slipway import cli, status
from slipway.audit import table as audit_table
from slipway.commands import local
from slipway.doctor import verb as doctor
from slipway.playbook import Asked
from slipway.rig.errors import RigError

HOSTILE = "\x1b]0;pwn\x07\x1b[2J\x1b[1;1Hgood\r\x08\x7f\x9b31m\u202eevil\u2066\u200f\u2028\ud800"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
STATUS = {"app": "tiny", "domain": "app.test", "slot": "green", "container": "healthy", "memory_bytes": 1}
RELEASE = {"id": "a", "state": "live", "revision": HOSTILE, "age_s": 1, "size": 1, "by": HOSTILE}


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(lambda: str(GateError(HOSTILE, fix=HOSTILE, evidence=[HOSTILE])), id="evidence of the engine"),
        pytest.param(lambda: str(ShippingError(HOSTILE)), id="output of a build"),
        pytest.param(lambda: failure("h", "t", "p", {"msg": HOSTILE, "stderr": HOSTILE}), id="progress, a failure"),
        pytest.param(lambda: line("deploy", 1.0, HOSTILE), id="progress, a line"),
        pytest.param(lambda: report([Finding("X", HOSTILE, HOSTILE, HOSTILE)]), id="findings"),
        pytest.param(lambda: "\n".join(table([{**STATUS, "releases": [RELEASE], "busy": HOSTILE}])), id="status"),
        pytest.param(lambda: audit_table.render("h", [not_run("lynis", "85", HOSTILE)], {}, []), id="audit"),
        pytest.param(lambda: shown(HOSTILE), id="a refused word"),
        pytest.param(lambda: str(plain_tree({"lines": [HOSTILE], "a": {HOSTILE: (HOSTILE, 1)}})), id="the module"),
    ],
)
def test_control_characters_are_written_out_wherever_text_of_others_is_shown(said: object) -> None:
    shown = said()  # type: ignore[operator]  # a function without arguments
    assert OBEYED.findall(shown) == []
    assert "good" in shown


def test_letters_tabs_and_line_ends_stay() -> None:
    assert plain("Zürich\tशब्द\n日本 🦊") == "Zürich\tशब्द\n日本 🦊"
    assert plain("\x1b[0m\u202e") == "\\x1b[0m\\u202e"


def test_on_one_line_they_are_written_out_too() -> None:
    assert plain_line("Zürich\tx\r\ny") == "Zürich\\tx\\x0d\\ny"


def test_numbers_and_flags_stay_what_they_are() -> None:
    assert plain_tree({"changed": True, "n": 1.5, "none": None, "said": ("a",)}) == {
        "changed": True,
        "n": 1.5,
        "none": None,
        "said": ["a"],
    }


def test_status_doctor_and_audit_tell_what_a_host_says_without_its_controls(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise UnknownError(HOSTILE)

    monkeypatch.setattr(status, "ask", lambda *_: Asked(("web1",), {"web1": HOSTILE}, ()))
    monkeypatch.setattr(doctor, "examine", fails)
    monkeypatch.setattr("slipway.audit.run.audit", fails)
    for verb in ("status", "doctor", "audit"):
        assert cli.main([verb, "-i", "inventories/x"]) == UNKNOWN
    told = capsys.readouterr().err
    assert OBEYED.findall(told) == []
    assert told.count("good") == 3


def test_what_an_engine_or_a_build_says_of_a_failure_on_this_machine_has_no_controls(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise RigError(HOSTILE)

    monkeypatch.setattr(local, "choose", fails)
    monkeypatch.setattr("slipway.demo.run.up", fails)
    assert cli.main(["local", "up"]) == FAILED
    assert cli.main(["demo"]) == FAILED
    told = capsys.readouterr().err
    assert OBEYED.findall(told) == []
    assert told.count("good") == 2
