"""What preflight says of an inventory: unknown, missing and wrong variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.findings import report
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight import apps, variables
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.inventory import declared

SPECS: dict[str, variables.Options] = {
    "caddy": {
        "caddy_email": {"type": "str", "required": True, "description": "Address for expiry mail. One a host."},
        "caddy_grace_period_seconds": {"type": "int", "description": "x"},
    },
    "ssh": {"ssh_level": {"type": "str", "choices": ["low", "high"], "description": "x"}},
    "preflight": {"slipway_secrets": {"type": "dict", "no_log": True, "description": "x"}},
}


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("inventories/production")
    (folder / "group_vars/all").mkdir(parents=True)
    (folder / "hosts.yml").write_text(
        "all:\n  hosts:\n    web1:\n      ansible_host: 192.0.2.7\n      ssh_levle: low\n  vars:\n    caddy_email: x\n"
    )
    (folder / "group_vars/all/main.yml").write_text("# mail\n\ncaddy_emial: me@example.com\nvault_free: 1\n")
    return folder


def unset(name: str) -> str:
    return f"where {name} is not"


def read(path: Path) -> str:
    return path.read_text()


def test_a_misspelt_variable_is_refused_with_file_line_and_a_guess(inventory: Path) -> None:
    found = variables.strangers(declared([inventory.absolute()], read), SPECS)
    assert report(found) == (
        "1. No role has a variable `ssh_levle` (did you mean `ssh_level`?).\n"
        "   [UNKNOWN_VARIABLE]\n"
        "   where   inventories/production/hosts.yml:5\n"
        "   next    correct or remove it there\n"
        "\n"
        "2. No role has a variable `caddy_emial` (did you mean `caddy_email`?).\n"
        "   [UNKNOWN_VARIABLE]\n"
        "   where   inventories/production/group_vars/all/main.yml:3\n"
        "   next    correct or remove it there"
    )


def test_variables_of_ansible_of_the_vault_and_of_roles_pass(inventory: Path) -> None:
    (inventory / "hosts.yml").write_text("all:\n  hosts:\n    web1: {ansible_host: 192.0.2.7, ssh_level: low}\n")
    (inventory / "group_vars/all/main.yml").write_text("vault_free: 1\ncaddy_email: me@example.com\n")
    assert variables.strangers(declared([inventory], read), SPECS) == []


def test_variables_are_found_in_groups_of_groups(tmp_path: Path) -> None:
    path = tmp_path / "hosts.yml"
    path.write_text("all:\n  children:\n    web:\n      children:\n        de:\n          vars: {odd: 1}\n")
    assert [one.key for one in declared([path], read)] == ["odd"]


def test_a_missing_variable_says_who_needs_it_and_what_for() -> None:
    found = variables.faults("caddy", SPECS["caddy"], {}, lambda _: "group_vars/all/main.yml of the inventory")
    assert report(found) == (
        "1. `caddy_email` is not set; role caddy needs it: Address for expiry mail.\n"
        "   [MISSING_VARIABLE]\n"
        "   where   group_vars/all/main.yml of the inventory\n"
        "   next    ansible-doc -t role -r roles caddy"
    )


@pytest.mark.parametrize(
    ("role", "values", "message"),
    [
        (
            "caddy",
            {"caddy_email": "x", "caddy_grace_period_seconds": "soon"},
            "`caddy_grace_period_seconds` wants a value of type int; this is 'soon'.",
        ),
        ("ssh", {"ssh_level": "medium"}, "value of ssh_level must be one of: low, high, got: medium."),
        (
            "preflight",
            {"slipway_secrets": "hunter2"},
            "`slipway_secrets` has not the form that its role wants; the value is a secret and not shown.",
        ),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(role: str, values: dict[str, object], message: str) -> None:
    assert [finding.what for finding in variables.faults(role, SPECS[role], values, unset)] == [message]


def test_right_values_pass() -> None:
    assert (
        variables.faults("caddy", SPECS["caddy"], {"caddy_email": "a@b.c", "caddy_grace_period_seconds": 3}, unset)
        == []
    )


APP = {"name": "box", "domains": ["box.example.com"], "exposure": "public", "build": "app", "secrets": ["kek"]}


def test_faults_of_apps_carry_the_place_of_the_list() -> None:
    known, found = apps.complete_or_findings([{**APP, "exposure": "everyone"}], "main.yml:3")
    assert known == []
    assert report(found) == (
        "1. slipway_apps[0].exposure: 'everyone' is not one of public, lan, private,\n"
        "   tunnel. [BAD_APP]\n"
        "   where   main.yml:3\n"
        "   next    correct it there"
    )


@pytest.mark.parametrize(
    ("secrets", "messages"),
    [
        ({"box": {"kek": "s3cr3t"}}, []),
        ({}, ["App box wants the secret `kek`, and `slipway_secrets.box.kek` has no value."]),
        ({"box": {"kek": ""}}, ["App box wants the secret `kek`, and `slipway_secrets.box.kek` has no value."]),
        (
            {"box": {"kek": "s3cr3t", "kekk": "t"}},
            ["`slipway_secrets.box.kekk` is not among the secrets of app box (did you mean `kek`?)."],
        ),
        ({"box": {"kek": "s"}, "bx": {}}, ["`slipway_secrets.bx` belongs to no app (did you mean `box`?)."]),
        ("s3cr3t", ["`slipway_secrets` is not a mapping of app to names."]),
    ],
)
def test_secrets_and_apps_meet_by_name_and_values_are_never_shown(secrets: object, messages: list[str]) -> None:
    known, _ = apps.complete_or_findings([APP], "x")
    found = apps.secret_faults(known, secrets, "main.yml:9")
    assert [finding.what for finding in found] == messages
    assert "s3cr3t" not in report(found)


@pytest.mark.parametrize(
    ("timeout_s", "refused"),
    [(120, [102400]), (16, [102400, 17]), (15, [102400, 17, 16]), (102400, []), ("120", []), (None, [])],
)
def test_a_body_that_cannot_arrive_before_it_is_given_up_is_refused(timeout_s: object, refused: list[int]) -> None:
    sizes = [102400, 17, 16, 1]
    declared = [
        {**APP, "name": f"app{size}", "domains": [f"a{size}.example.com"], "max_body_mib": size} for size in sizes
    ]
    known, _ = apps.complete_or_findings(declared, "x")
    found = apps.slow_bodies(known, timeout_s, apps.place_in(declared, "main.yml:3"))
    assert [(one.code, one.where) for one in found] == [("BAD_APP", "main.yml:3")] * len(refused)
    assert [f"accepts bodies of {size} MiB" in one.what for size, one in zip(refused, found, strict=True)].count(
        False
    ) == 0
    if refused:
        assert found[0].command == "lower it, or set caddy_read_body_timeout_seconds: 102400, for all apps of the host"
