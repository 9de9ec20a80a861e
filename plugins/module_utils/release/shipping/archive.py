"""Pack an image for a host that has some of its layers: the archive of `docker save` without those."""

from __future__ import annotations

import http.client
import io
import json
import shutil
import socket
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..dockerd import API, Engine
from .errors import ShippingError

MANIFEST = "manifest.json"
# The first level already takes Debian's and Python's files to a third, at the speed of a fast uplink.
COMPRESSION = 1


@dataclass(frozen=True)
class Packed:
    """An archive for `docker load`; `size` is in bytes, `layers` tells how many are in it of how many."""

    path: Path
    size: int
    layers: tuple[int, int]


def pack(engine: Engine, image_id: str, layers_present: int, target: Path) -> Packed:
    """Write the image without its first `layers_present` layers to a file.

    `docker load` takes such an archive on the classic image store: a layer whose chain is known is never opened
    (moby, image/tarexport/load.go). The manifest names all layers, so that a host that lacks one refuses the whole.

    Raises:
        ShippingError: the engine does not give the image out.
    """
    with tempfile.TemporaryFile() as saved:
        _save(engine, image_id, saved)
        saved.seek(0)
        with tarfile.open(fileobj=saved, mode="r:") as whole:
            manifest = json.load(_content(whole, MANIFEST))[0]
            layers = manifest["Layers"]
            wanted = [manifest["Config"], *layers[layers_present:]]
            with tarfile.open(target, "w:gz", compresslevel=COMPRESSION) as packed:
                listed = [{"Config": manifest["Config"], "RepoTags": None, "Layers": layers}]
                _add(packed, MANIFEST, io.BytesIO(json.dumps(listed).encode()))
                for name in dict.fromkeys(wanted):
                    _add(packed, name, _content(whole, name))
    return Packed(target, target.stat().st_size, (len(layers) - layers_present, len(layers)))


def _save(engine: Engine, image_id: str, target: BinaryIO) -> None:
    connection = http.client.HTTPConnection("localhost", timeout=600)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.sock.connect(engine.socket_path)
        connection.request("GET", f"{API}/images/{image_id}/get")
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise ShippingError(f"Docker here does not give out {image_id}: {answer.read(200).decode()}")
        shutil.copyfileobj(answer, target, 1024 * 1024)
    finally:
        connection.close()


def _content(tar: tarfile.TarFile, name: str) -> BinaryIO:
    # Older engines store a layer that two images share once, as a link.
    file = tar.extractfile(name)
    if file is None:
        raise ShippingError(f"Docker's archive has no {name}. Next: build the image again.")
    return file  # type: ignore[return-value]


def _add(tar: tarfile.TarFile, name: str, content: BinaryIO) -> None:
    member = tarfile.TarInfo(name)
    member.size = content.seek(0, io.SEEK_END)
    content.seek(0)
    tar.addfile(member, content)
