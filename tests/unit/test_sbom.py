from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

from slipway.pipeline import sbom

FLASK = "usr/lib/python3/Flask-3.1.2.dist-info/METADATA"


def packed(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def image(folder: Path, *layers: dict[str, str]) -> Path:
    """Write an archive as `docker save` does."""
    names = [f"layer{number}.tar" for number in range(len(layers))]
    with tarfile.open(folder / "image.tar.gz", "w:gz") as tar:
        contents = {"manifest.json": json.dumps([{"Layers": names}]).encode()}
        contents |= {name: packed(layer) for name, layer in zip(names, layers, strict=True)}
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return folder / "image.tar.gz"


def purls(archive: Path) -> list[str]:
    return [component["purl"] for component in json.loads(sbom.document(archive, "shop", "sha256:1"))["components"]]


def test_packages_and_distributions_are_listed_as_the_top_layer_has_them(tmp_path: Path) -> None:  # U-05
    libc = "Package: libc6\nStatus: install ok installed\nVersion: 2.41-12\n\n"
    old = "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n"
    archive = image(tmp_path, {sbom.DPKG: "Package: libc6\nStatus: x installed\nVersion: 1\n"}, {sbom.DPKG: libc + old})
    assert purls(archive) == ["pkg:deb/debian/libc6@2.41-12"]


def test_names_of_python_distributions_are_written_as_indexes_do(tmp_path: Path) -> None:
    archive = image(tmp_path, {"app/a.dist-info/METADATA": "Metadata-Version: 2.4\nName: Flask_WTF\nVersion: 1.2\n"})
    assert purls(archive) == ["pkg:pypi/flask-wtf@1.2"]


def test_what_a_layer_removed_is_not_listed(tmp_path: Path) -> None:
    first = {FLASK: "Name: Flask\nVersion: 3.1.2\n"}
    assert purls(image(tmp_path, first)) == ["pkg:pypi/flask@3.1.2"]
    assert purls(image(tmp_path, first, {"usr/lib/python3/.wh.Flask-3.1.2.dist-info": ""})) == []


def test_the_document_names_the_image_it_is_about(tmp_path: Path) -> None:
    document = json.loads(sbom.document(image(tmp_path, {}), "shop:abc", "sha256:1"))
    assert document["bomFormat"] == "CycloneDX"
    assert document["metadata"]["component"] == {"type": "container", "name": "shop:abc", "version": "sha256:1"}
