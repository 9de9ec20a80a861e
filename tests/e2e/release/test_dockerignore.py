"""Which files `docker build` itself leaves out by a .dockerignore: the real client and engine judge ours.

Not in the table: a `!` rule with a wildcard under an ignored folder, which the classic builder overlooks and BuildKit
follows. The context follows BuildKit, see tests/unit/test_release_context.py.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path
from typing import cast

import docker
import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.context import DOCKERFILE, open_context
from slipway.rig import engine

pytestmark = pytest.mark.rig
FILES = (
    *(
        "keep.py",
        "a.pxc",
        "a.pxo",
        "deep/b.pxo",
        "deep/c.py",
        "Tests/t",
        "tests/t",
        "ab",
        "cb",
        "!b",
        "# odd",
        "[x]",
        "x",
    ),
    *("*.star", "a.star", "a+(b)", "trailing/t", "lead/t", "deep/lead", "up/t", "parent/t", "q1", "q22"),
    *(
        "docs/a.txt",
        "docs/keep/b.txt",
        "docs/keep.md",
        "any/x/end",
        "anyend",
        "spaced",
        "bom",
        "last/drop",
        "last/keep",
    ),
)
# None of the files is one that the kit never sends (ALWAYS_IGNORED).
RULES = {
    "classes": "*.px[co]\n**/*.px[co]\n[Tt]ests\n",
    "negated class": "[^a]b\n",
    "exclamation in a class": "[!a]b\n",
    "escapes": "\\*.star\n\\[x]\n\\!b\n",
    "meta": "a+(b)\nq?\n",
    "slashes": "/lead\ntrailing/\n./x//\n",
    "dots": "up/../parent\n../x\n.\n/\n",
    "double star": "**/lead\nany**end\n",
    "all": "**\n!keep.py\n",
    "taken back": "docs\n!docs/keep\n",
    "taken back by wildcard": "docs/*\n!docs/k*\n",
    "order": "!last/keep\nlast\n",
    "comments": "# odd\n # odd\n  spaced  \n\n",
    "mark of byte order": "\ufeffbom\n",
    "space behind the mark": "*\n! keep.py\n!!b\n",
    "itself": "Dockerfile\n.dockerignore\n",
}


def tree(folder: Path, rules: str) -> Path:
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "link").symlink_to("docs")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (folder / ".dockerignore").write_text(rules, encoding="utf-8")
    return folder


def sent_by_docker(folder: Path, client: docker.DockerClient, *, folders: bool = False) -> set[str]:
    command = ["docker", "build", "--quiet", "--no-cache", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    image = done.stdout.strip().splitlines()[-1]
    container = client.containers.create(image, ["none"])
    try:
        exported = cast("list[bytes]", container.export())  # the stub says str
        with tarfile.open(fileobj=io.BytesIO(b"".join(exported))) as tar:
            return {member.name for member in tar if member.isdir() is folders} - MADE_BY_THE_ENGINE
    finally:
        container.remove()
        client.images.remove(image, force=True)


# What a container has without its image holding it.
MADE_BY_THE_ENGINE = {".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf"}


def chosen(folder: Path, *, folders: bool = False) -> set[str]:
    with tarfile.open(fileobj=io.BytesIO(open_context(folder, ".", None).archive())) as tar:
        return {member.name for member in tar if member.isdir() is folders} - {DOCKERFILE}


@pytest.mark.parametrize("case", RULES)
def test_the_context_holds_what_docker_build_sends(tmp_path: Path, case: str) -> None:
    client = engine.connect()
    try:
        ours, theirs = chosen(tree(tmp_path, RULES[case])), sent_by_docker(tmp_path, client)
    finally:
        client.close()
    assert sorted(ours ^ theirs) == []


def test_a_folder_without_files_is_sent_as_docker_build_sends_it(tmp_path: Path) -> None:
    (tmp_path / "kept/empty").mkdir(parents=True)
    (tmp_path / "dropped/empty").mkdir(parents=True)
    client = engine.connect()
    try:
        tree(tmp_path, "dropped\nparent/*\n")
        ours, theirs = chosen(tmp_path, folders=True), sent_by_docker(tmp_path, client, folders=True)
    finally:
        client.close()
    assert ours == {"kept/empty", "parent"}
    assert ours <= theirs
    assert not any(name.startswith("dropped") for name in theirs)


@pytest.mark.parametrize("rule", ["!", "a[b", "a[]", "a\\"])
def test_docker_build_refuses_the_patterns_that_the_context_refuses(tmp_path: Path, rule: str) -> None:
    engine.connect().close()
    tree(tmp_path, f"{rule}\n")
    done = subprocess.run(["docker", "build", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "pattern" in done.stderr
