"""Operations: `flask db|keys|user|snapshot|judge`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from strongbox.preparation import DATA_SCHEMA
from strongbox.secret import Secret
from strongbox.services import Services
from tests.conftest import STRONG, Clock
from tests.visitor import Visitor

DOCKERFILE = Path(__file__).parents[3] / "compose" / "strongbox" / "Dockerfile"


def run(app: Flask, *words: str, **more: object) -> Result:
    return app.test_cli_runner().invoke(args=list(words), **more)


def test_accounts_are_listed_without_anything_they_keep(app: Flask, anna: Visitor, ben: Visitor) -> None:
    anna.keep(title="canary")
    lines = run(app, "user", "list").output.splitlines()
    assert [line.split("\t")[:3] for line in lines] == [
        ["anna", "active", "2026-11-21"],
        ["ben", "active", "2026-11-21"],
    ]


def test_a_disabled_account_is_out_and_comes_back_with_its_records(app: Flask, anna: Visitor) -> None:
    anna.keep(title="Bank")
    assert "logged out everywhere" in run(app, "user", "disable", "anna").output
    assert not anna.is_logged_in()
    assert "disabled" in run(app, "user", "list").output
    assert anna.log_in("anna", STRONG).status_code == 401
    run(app, "user", "enable", "anna")
    anna.log_in("anna", STRONG)
    assert "Bank" in anna.get("/records").text


def test_an_account_is_deleted_after_asking(app: Flask, anna: Visitor, parts: Services) -> None:
    assert run(app, "user", "delete", "anna", input="n\n").exit_code == 1
    assert anna.is_logged_in()
    assert run(app, "user", "delete", "anna", input="y\n").exit_code == 0
    assert run(app, "user", "list").output == ""
    assert list(parts.vaults.root.glob("??/*")) == []


def test_an_unknown_account_is_an_error_of_one_sentence(app: Flask) -> None:
    result = run(app, "user", "disable", "nobody")
    assert result.exit_code == 1
    assert result.output == "Error: There is no account 'nobody'; `flask user list` shows all.\n"


def test_keys_of_the_age_asked_for_are_rotated_while_people_work(app: Flask, anna: Visitor, clock: Clock) -> None:
    record = anna.keep(title="Bank")
    assert "0 keys rotated, 0 failed" in run(app, "keys", "rotate").output
    clock.forward(timedelta(days=31))
    assert "1 keys rotated, 0 failed" in run(app, "keys", "rotate", "--per-second", "50").output
    assert "0 keys rotated" in run(app, "keys", "rotate").output
    anna.log_in("anna", STRONG)
    assert anna.get(f"/records/{record}").status_code == 200


def test_a_login_replaces_a_key_that_is_due(app: Flask, anna: Visitor, parts: Services, clock: Clock) -> None:
    (key_file,) = parts.vaults.root.glob("*/*/key.json")
    before = key_file.read_bytes()
    anna.log_in("anna", STRONG)
    assert key_file.read_bytes() == before
    clock.forward(timedelta(days=31))
    anna.log_in("anna", STRONG)
    assert key_file.read_bytes() != before
    assert anna.is_logged_in()


def test_a_login_is_not_hindered_by_a_rotation_that_fails(
    anna: Visitor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from strongbox.vault import cipher

    clock.forward(timedelta(days=31))
    monkeypatch.setattr(cipher, "rekey", lambda *_: None)
    assert anna.log_in("anna", STRONG).status_code == 302


def test_a_new_key_encryption_key_takes_over_and_the_old_one_may_go(
    make_app: Callable[..., Flask], anna: Visitor, parts: Services
) -> None:
    anna.keep(title="Bank")
    keys = {**parts.settings.key_encryption_keys, 2: Secret(b"2" * 32)}
    result = run(make_app(key_encryption_keys=keys), "keys", "rotate-kek")
    assert "1 keys wrapped under version 2, 0 failed" in result.output
    later = Visitor(make_app(key_encryption_keys={2: keys[2]}))
    later.log_in("anna", STRONG)
    assert "Bank" in later.get("/records").text


@pytest.mark.parametrize("age", ["30", "d", "-1d", "1w"])
def test_an_age_that_is_none_is_refused(app: Flask, age: str) -> None:
    result = run(app, "keys", "rotate", f"--older-than={age}")
    assert result.exit_code == 2
    assert "write a number and s, m, h or d" in result.output


def test_a_damaged_vault_is_named_and_the_exit_code_says_so(
    app: Flask, anna: Visitor, ben: Visitor, parts: Services
) -> None:
    victim = min(parts.vaults.root.glob("*/*"))
    (victim / "records.db").write_bytes(b"damaged" * 1000)
    for command in (
        ["db", "upgrade", "--all"],
        ["keys", "rotate", "--older-than", "0s"],
        ["snapshot", str(parts.settings.data_dir / "s")],
    ):
        result = run(app, *command)
        assert result.exit_code == 1, command
        assert victim.name in result.output
        assert "1 failed" in result.output


def test_upgrading_twice_does_nothing(app: Flask, anna: Visitor) -> None:
    first, second = run(app, "db", "upgrade", "--all"), run(app, "db", "upgrade", "--all")
    assert (
        first.output
        == second.output
        == "accounts.db is at this release's schema.\n1 vaults are at schema 2, 0 failed.\n"
    )
    assert run(app, "db", "upgrade").output == "accounts.db is at this release's schema.\n"


def test_a_snapshot_is_a_whole_data_folder_that_another_app_can_serve(
    app: Flask, make_app: Callable[..., Flask], anna: Visitor, parts: Services, tmp_path: Path
) -> None:
    anna.keep(title="Bank", secret="canary")
    target = tmp_path / "snapshot"
    assert "1 vaults copied" in run(app, "snapshot", str(target)).output
    assert all(b"canary" not in path.read_bytes() for path in target.rglob("*") if path.is_file())
    run(app, "keys", "rotate", "--older-than", "0s")  # the snapshot keeps the key of its time
    anna.keep(title="Later")
    restored = Visitor(make_app(data_dir=target))
    restored.log_in("anna", STRONG)
    page = restored.get("/records").text
    assert "Bank" in page
    assert "Later" not in page


def test_a_mirror_is_a_whole_data_folder_that_is_judged_in_one_line(
    app: Flask, make_app: Callable[..., Flask], anna: Visitor, ben: Visitor, tmp_path: Path
) -> None:
    target = tmp_path / "mirror"
    assert (
        run(app, "snapshot", "--into", str(target)).output
        == f"2 vaults are in {target}, 2 of them changed, 0 failed.\n"
    )
    anna.keep(title="Bank", secret="canary")
    assert run(app, "snapshot", "--into", str(target)).exit_code == 0
    restored = make_app(data_dir=target)
    judged = run(restored, "judge")
    assert (judged.output, judged.exit_code) == ("2 vaults, 2 accounts, as of 2026-11-21T09:00:00+00:00: whole.\n", 0)
    visitor = Visitor(restored)
    visitor.log_in("anna", STRONG)
    assert "Bank" in visitor.get("/records").text
    next(target.glob("users/*/*/key.json")).unlink()
    judged = run(restored, "judge")
    assert judged.exit_code == 1
    assert judged.output.startswith("2 vaults, 2 accounts: not whole: vault ")
    assert judged.output.count("\n") == 1


@pytest.mark.parametrize("words", [[], ["one", "--into", "other"]])
def test_a_snapshot_goes_to_one_place(app: Flask, words: list[str]) -> None:
    result = run(app, "snapshot", *words)
    assert result.exit_code == 2
    assert "Name a new FOLDER, or a mirror with --into." in result.output


def test_a_snapshot_never_overwrites(app: Flask, tmp_path: Path) -> None:
    result = run(app, "snapshot", str(tmp_path))
    assert result.exit_code == 1
    assert "exists already: name a new folder" in result.output


def test_the_image_carries_the_number_of_the_schema() -> None:
    assert f'org.slipway.schema="{DATA_SCHEMA}"' in DOCKERFILE.read_text()


def test_leftovers_of_crashes_are_removed_but_not_what_is_under_way(app: Flask, anna: Visitor, parts: Services) -> None:
    shard = next(parts.vaults.root.glob("*"))
    old, fresh = shard / ".new-old", shard / ".gone-fresh"
    for folder in (old, fresh):
        folder.mkdir()
    import os

    now = parts.now().timestamp()
    os.utime(old, (now - 7200, now - 7200))
    os.utime(fresh, (now, now))
    run(app, "db", "upgrade")
    assert not old.exists()
    assert fresh.exists()
    shutil.rmtree(fresh)
