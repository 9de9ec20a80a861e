from __future__ import annotations

import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.config_tree import change
from ansible_collections.slipway.kit.plugins.module_utils.config_tree.change import (
    MARKER,
    RefusedError,
    Tree,
    bring_about,
)

ACCEPT, REFUSE = ["true"], ["sh", "-c", "echo line 3 is wrong >&2; exit 1"]


def tree(folder: Path, **changes: Any) -> Tree:
    return replace(Tree(str(folder), {"main": "a\n", "sites/shop": "b\n"}), **changes)


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_files_are_written_with_their_folders_and_mode(tmp_path: Path) -> None:
    outcome = bring_about(tree(tmp_path / "etc", mode=0o640))
    assert content(tmp_path / "etc") == {"main": "a\n", "sites/shop": "b\n"}
    assert (tmp_path / "etc/main").stat().st_mode & 0o777 == 0o640
    assert (outcome.changed, outcome.files) == (True, ["main", "sites/shop"])


def test_the_second_time_nothing_changes_and_nothing_is_activated(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    asked = tree(tmp_path / "etc", activate=["sh", "-c", f"echo >> {ran}"])
    assert bring_about(asked).activated
    outcome = bring_about(asked)
    assert (outcome.changed, outcome.activated, outcome.diff) == (False, False, [])
    assert ran.read_text() == "\n"


def test_a_changed_mode_is_a_change(tmp_path: Path) -> None:
    bring_about(tree(tmp_path))
    (tmp_path / "main").chmod(0o600)
    assert bring_about(tree(tmp_path)).files == ["main"]
    assert (tmp_path / "main").stat().st_mode & 0o777 == 0o644


# T-09, Z-10
def test_what_the_validator_refuses_never_gets_there(tmp_path: Path) -> None:
    bring_about(tree(tmp_path))
    with pytest.raises(RefusedError) as refused:
        bring_about(tree(tmp_path, files={"main": "bad\n"}, validate=REFUSE, activate=["touch", str(tmp_path / "x")]))
    assert content(tmp_path) == {"main": "a\n", "sites/shop": "b\n"}
    assert (
        str(refused.value)
        == f"{tmp_path} was left as it was: `{' '.join(REFUSE)}` refuses the new files.\nline 3 is wrong"
    )


def test_the_validator_sees_the_whole_new_tree_and_what_others_put_beside_it(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d/other").write_text("c\n")
    look = ["sh", "-c", "[ $(cat main sites/shop conf.d/other | tr -d '\\n') = abc ] && [ -r {tree}/main ]"]
    bring_about(tree(tmp_path, validate=look, beside=["conf.d/*"]))
    with pytest.raises(RefusedError):
        bring_about(tree(tmp_path, files={"main": "a\n", "sites/shop": "d\n"}, validate=look))


# T-09, Z-10
def test_what_the_service_refuses_is_put_back(tmp_path: Path) -> None:
    bring_about(tree(tmp_path))
    with pytest.raises(RefusedError) as refused:
        bring_about(tree(tmp_path, files={"main": "new\n", "extra": "d\n"}, prune=["sites/*"], activate=REFUSE))
    assert content(tmp_path) == {"main": "a\n", "sites/shop": "b\n"}
    assert str(refused.value).startswith(f"{tmp_path} has its former files again: ")
    assert str(refused.value).endswith("line 3 is wrong")


def test_the_run_after_an_interrupted_one_activates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    asked = tree(tmp_path, activate=ACCEPT)
    with monkeypatch.context() as patch:
        patch.setattr(change, "_run", killed)
        with pytest.raises(KeyboardInterrupt):
            bring_about(asked)
    assert (tmp_path / MARKER).exists()
    outcome = bring_about(asked)
    assert (outcome.changed, outcome.files, outcome.activated) == (True, [], True)
    assert not (tmp_path / MARKER).exists()
    assert not bring_about(asked).changed


def test_what_is_not_declared_goes_only_where_it_may(tmp_path: Path) -> None:
    bring_about(tree(tmp_path))
    (tmp_path / "sites/old").write_text("x")
    (tmp_path / "mine").write_text("y")
    outcome = bring_about(tree(tmp_path, prune=["sites/*"]))
    assert outcome.files == ["sites/old"]
    assert content(tmp_path) == {"main": "a\n", "sites/shop": "b\n", "mine": "y"}


def test_a_check_only_says_what_would_change(tmp_path: Path) -> None:
    bring_about(tree(tmp_path))
    outcome = bring_about(tree(tmp_path, files={"main": "new\n"}, activate=REFUSE), check=True)
    assert outcome.changed
    [diff] = outcome.diff
    assert (diff["before"], diff["after"]) == ("a\n", "new\n")
    assert content(tmp_path) == {"main": "a\n", "sites/shop": "b\n"}


def test_a_check_validates_except_where_nothing_is_installed_yet(tmp_path: Path) -> None:
    assert bring_about(tree(tmp_path / "etc", validate=REFUSE), check=True).changed
    assert not (tmp_path / "etc").exists()
    bring_about(tree(tmp_path))
    with pytest.raises(RefusedError):
        bring_about(tree(tmp_path, files={"main": "new\n"}, validate=REFUSE), check=True)


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    bring_about(tree(tmp_path, files={"main": "a" * 100_000}))
    watch = ["sh", "-c", f"while :; do wc -c < {tmp_path}/main; done"]
    with subprocess.Popen(watch, stdout=subprocess.PIPE, text=True) as reader:
        for letter in "bcdefgh":
            bring_about(tree(tmp_path, files={"main": letter * 100_000}))
        reader.terminate()
        assert reader.stdout is not None
        sizes = {line for line in reader.stdout if line.endswith("\n")}
    assert sizes == {"100000\n"}


def test_who_comes_second_waits_until_the_first_has_ended(tmp_path: Path) -> None:
    inside, go = tmp_path / "inside", tmp_path / "go"
    wait = ["sh", "-c", f"echo >> {inside}; until [ -e {go} ]; do sleep 0.01; done"]
    (tmp_path / "etc").mkdir()
    first = threading.Thread(target=bring_about, args=(tree(tmp_path / "etc", activate=wait),))
    second = threading.Thread(target=bring_about, args=(tree(tmp_path / "etc", files={"other": "x"}),))
    first.start()
    while not inside.exists():
        time.sleep(0.01)
    second.start()
    second.join(timeout=0.2)
    waited, there = second.is_alive(), (tmp_path / "etc/other").exists()
    go.touch()
    first.join()
    second.join()
    assert (waited, there) == (True, False)
    assert (tmp_path / "etc/other").exists()
