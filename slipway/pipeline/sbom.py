"""What is in an image: its Debian packages and Python distributions, as a CycloneDX document.

It is read from the image's own files, so that it says what is there, whatever built it.
Source of the format: https://cyclonedx.org/docs/1.5/json/
"""

from __future__ import annotations

import email.parser
import json
import posixpath
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

DPKG = "var/lib/dpkg/status"
DISTRIBUTION = re.compile(r"\.(dist|egg)-info/(METADATA|PKG-INFO)$")
WHITEOUT = ".wh."  # a layer's mark for a file that is gone, OCI image-spec layer.md

Component = dict[str, str]


def document(archive: Path, name: str, reference: str) -> str:
    """Return the CycloneDX document of an image.

    Args:
        archive: what `docker save` wrote; plain, since its members are not read in their order.
        name: name of the image.
        reference: its digest or id.
    """
    files = _files_of_interest(archive)
    components = sorted(_components(files), key=lambda component: component["purl"])
    about = {"type": "container", "name": name, "version": reference}
    head: dict[str, object] = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1}
    return json.dumps({**head, "metadata": {"component": about}, "components": components}, indent=1)


def _files_of_interest(archive: Path) -> dict[str, str]:
    """Return path and text of each file that names packages, as the topmost layer has it."""
    found: dict[str, str] = {}
    with tarfile.open(archive) as image:
        manifest = image.extractfile("manifest.json")
        assert manifest is not None  # noqa: S101 - docker save always writes it
        for layer in json.load(manifest)[0]["Layers"]:
            content = image.extractfile(layer)
            if content is not None:
                _apply(content, found)
    return found


def _apply(layer: IO[bytes], found: dict[str, str]) -> None:
    with tarfile.open(fileobj=layer) as members:
        for member in members:
            path = member.name.removeprefix("./")
            folder, base = posixpath.split(path)
            if base.startswith(WHITEOUT):
                gone = posixpath.join(folder, base.removeprefix(WHITEOUT))
                for known in [known for known in found if known == gone or known.startswith(f"{gone}/")]:
                    del found[known]
            elif member.isfile() and (path == DPKG or DISTRIBUTION.search(path)):
                text = members.extractfile(member)
                found[path] = text.read().decode(errors="replace") if text else ""


def _components(files: dict[str, str]) -> Iterator[Component]:
    for path, text in files.items():
        if path == DPKG:
            for paragraph in text.split("\n\n"):
                yield from _debian(paragraph)
        else:
            yield from _python(text)


def _debian(paragraph: str) -> Iterator[Component]:
    fields = email.parser.HeaderParser().parsestr(paragraph)
    name, version = fields["Package"], fields["Version"]
    if name and version and "installed" in (fields["Status"] or ""):
        yield {"type": "library", "name": name, "version": version, "purl": f"pkg:deb/debian/{name}@{version}"}


def _python(metadata: str) -> Iterator[Component]:
    fields = email.parser.HeaderParser().parsestr(metadata)
    name, version = fields["Name"], fields["Version"]
    if name and version:
        # PEP 503: the name as package indexes write it.
        written = re.sub(r"[-_.]+", "-", name).lower()
        yield {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{written}@{version}"}
