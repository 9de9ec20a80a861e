"""The whole image, packed once for all hosts that have nothing of it."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine, Image
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping import archive
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.errors import ShippingError

SAVED = os.urandom(2 * archive.CHUNK) + bytes(archive.CHUNK) + b"the end"


def image(number: int) -> Image:
    return Image(
        id=f"sha256:{number:016x}{0:048x}",
        fingerprint=str(number),
        layers=("sha256:a", "sha256:b"),
        labels={},
        size=len(SAVED),
        tags=(),
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the engine give out SAVED; the list has the ids it was asked for."""
    ids: list[str] = []

    @contextmanager
    def saved(_: Engine, image_id: str) -> Iterator[BinaryIO]:
        ids.append(image_id)
        yield io.BytesIO(SAVED)

    monkeypatch.setattr(archive, "_saved", saved)
    return ids


@pytest.mark.usefixtures("asked")
def test_what_is_unpacked_is_what_the_engine_gave(tmp_path: Path) -> None:
    packed = archive.pack_whole(Engine(), image(1), tmp_path)
    assert gzip.decompress(packed.path.read_bytes()) == SAVED
    assert (packed.size, packed.layers) == (packed.path.stat().st_size, (2, 2))


def test_an_image_is_packed_once(asked: list[str], tmp_path: Path) -> None:
    first = archive.pack_whole(Engine(), image(1), tmp_path)
    assert archive.pack_whole(Engine(), image(1), tmp_path) == first
    assert asked == [image(1).id]


@pytest.mark.usefixtures("asked")
def test_only_the_last_archives_are_kept(tmp_path: Path) -> None:
    paths = []
    for number in range(archive.WHOLE_KEPT + 2):
        paths.append(archive.pack_whole(Engine(), image(number), tmp_path).path)
        os.utime(paths[-1], (number, number))
    assert [path.exists() for path in paths] == [False, False] + [True] * archive.WHOLE_KEPT


def test_an_archive_that_was_interrupted_is_not_taken_for_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def cut(_: Engine, __: str) -> Iterator[BinaryIO]:
        yield io.BytesIO(SAVED)
        raise ShippingError("the engine went away")

    with monkeypatch.context() as broken:
        broken.setattr(archive, "_saved", cut)
        with pytest.raises(ShippingError):
            archive.pack_whole(Engine(), image(1), tmp_path)
    assert list(tmp_path.glob("*.tar.gz")) == []
