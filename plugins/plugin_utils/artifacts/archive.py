"""Take one file out of what a source delivered: tar, zip (wheels), deb, or the bare program."""

from __future__ import annotations

import io
import tarfile
import zipfile

from .catalogue import ArtifactError

# deb(5): an `ar` archive; each member has a header of 60 bytes, the size in decimal at 48..58, data padded to even.
AR_MAGIC = b"!<arch>\n"
AR_HEADER = 60


def take(data: bytes, member: str | None) -> bytes:
    """Return `member` of the archive `data`, or `data` itself where `member` is None.

    Raises:
        ArtifactError: `data` is not an archive that is understood, or has no such member.
    """
    if member is None:
        return data
    if data.startswith(AR_MAGIC):
        data = _data_of_deb(data)
    stream = io.BytesIO(data)
    if zipfile.is_zipfile(stream):
        return _from_zip(stream, member)
    stream.seek(0)
    return _from_tar(stream, member)


def _from_zip(stream: io.BytesIO, member: str) -> bytes:
    with zipfile.ZipFile(stream) as archive:
        if member not in archive.namelist():
            raise ArtifactError(f"the archive has no {member}; it has {_listed(archive.namelist())}")
        return archive.read(member)


def _from_tar(stream: io.BytesIO, member: str) -> bytes:
    try:
        with tarfile.open(fileobj=stream) as archive:
            names = {name.removeprefix("./"): name for name in archive.getnames()}
            if member not in names:
                raise ArtifactError(f"the archive has no {member}; it has {_listed(list(names))}")
            content = archive.extractfile(names[member])
            if content is None:
                raise ArtifactError(f"{member} in the archive is not a file")
            return content.read()
    except tarfile.TarError as error:
        raise ArtifactError(f"neither a tar, a zip nor a deb archive ({error})") from error


def _data_of_deb(data: bytes) -> bytes:
    at = len(AR_MAGIC)
    while at + AR_HEADER <= len(data):
        header = data[at : at + AR_HEADER]
        size = int(header[48:58])
        if header.startswith(b"data.tar"):
            return data[at + AR_HEADER : at + AR_HEADER + size]
        at += AR_HEADER + size + size % 2
    raise ArtifactError("the deb has no data.tar")


def _listed(names: list[str]) -> str:
    shown = ", ".join(sorted(names)[:5])
    return f"{shown}, ..." if len(names) > 5 else shown or "nothing"  # noqa: PLR2004 - enough to see what it is
