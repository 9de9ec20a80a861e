"""A full disk (fault Z-14): reading goes on, writing says so, and nothing is broken afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import STRONG
from tests.visitor import Visitor
from tests.web.test_bring_back import PASSPHRASE
from tests.web.test_records import upload


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            os.fsync(file.fileno())
    return filler


def test_reading_goes_on_writing_is_refused_and_both_work_again(
    make_app: Callable[..., Flask], small_disk: Path
) -> None:
    anna = Visitor(make_app(data_dir=small_disk)).signed_up("anna", STRONG)
    record = anna.keep(title="Bank", secret="kept")
    with anna.post("/transfer/copy", {"password": STRONG, "passphrase": PASSPHRASE}) as answer:
        copy = answer.data
    token = anna.token()
    filler = fill(small_disk)
    assert "kept" in anna.get(f"/records/{record}").text
    assert anna.get("/readyz").status_code == 503
    answer = anna.send("/records/new", {"title": "Too much", "notes": "x" * 15_000, "csrf_token": token})
    assert answer.status_code == 507, answer.text
    assert "disk is full" in answer.text
    odd = b"title,password,totp\nx,y,!!\n"
    for path, content in (("/transfer/bring-back", copy), ("/transfer/import", odd)):
        form = {"file": upload(content), "passphrase": PASSPHRASE, "csrf_token": token}
        assert anna.send(path, form).status_code == 507, path
    stranger = Visitor(anna.client.application)
    assert stranger.post("/sign-up", {"name": "ben", "password": STRONG}).status_code == 507
    filler.unlink()
    assert anna.keep(title="Now there is room")
    page = anna.get("/records").text
    assert "Bank" in page
    assert "Too much" not in page
    assert stranger.post("/sign-up", {"name": "ben", "password": STRONG}).status_code == 302
