"""Pack an image for a host: the archive of `docker save`, without the layers that the host has."""

from __future__ import annotations

import fcntl
import gzip
import http.client
import io
import json
import os
import shutil
import socket
import tarfile
import tempfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Engine, Image

from .errors import ShippingError

MANIFEST = "manifest.json"
ONE_MIB = 1024 * 1024
CHUNK = 4 * ONE_MIB
# The apps of a host, for the next host; each takes a third of its image.
WHOLE_KEPT = 4
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
        with _saved(engine, image_id) as stream:
            shutil.copyfileobj(stream, saved, ONE_MIB)
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


def pack_whole(engine: Engine, image: Image, folder: Path) -> Packed:
    """Return the whole image as an archive in a folder that keeps the last ones; it is made when it is not there.

    Chunks are compressed on all cores while the engine still writes: gzip members in a row are one gzip file
    (RFC 1952, 2.2).

    Raises:
        ShippingError: the engine does not give the image out.
    """
    packed = folder / f"{image.id.rpartition(':')[2][:16]}.tar.gz"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be packing the same right now
        if not packed.exists():
            beside = packed.with_suffix(".new")
            with _saved(engine, image.id) as saved, beside.open("wb") as target:
                _compress(saved, target)
            beside.replace(packed)
        packed.touch()
        for old in sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)[:-WHOLE_KEPT]:
            old.unlink()
    return Packed(packed, packed.stat().st_size, (len(image.layers), len(image.layers)))


def _compress(source: BinaryIO, target: BinaryIO) -> None:
    cores = os.cpu_count() or 1
    under_way: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(cores) as pool:
        while chunk := source.read(CHUNK):
            under_way.append(pool.submit(gzip.compress, chunk, COMPRESSION, mtime=0))
            if len(under_way) > 2 * cores:
                target.write(under_way.popleft().result())
        target.writelines(each.result() for each in under_way)


@contextmanager
def _saved(engine: Engine, image_id: str) -> Iterator[BinaryIO]:
    connection = http.client.HTTPConnection("localhost", timeout=600)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.sock.connect(engine.socket_path)
        connection.request("GET", f"{engine.api}/images/{image_id}/get")
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise ShippingError(f"Docker here does not give out {image_id}: {answer.read(200).decode()}")
        yield answer
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
