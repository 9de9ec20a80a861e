"""The page of a generated project passes its own types, build and browser tests, with the Node that its image has."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from slipway.new.answers import gather
from slipway.new.run import render
from slipway.new.template import own

from .packages import ensure

UV = str(Path(sys.executable).with_name("uv"))
BLOCK = re.compile(r"```(?:ts|vue)\n(.*?)```", re.DOTALL)


def test_the_page_passes_its_own_tests_and_another_is_added_as_the_document_says(tmp_path: Path) -> None:
    ensure({"chromium": "chromium"})
    project = tmp_path / "shop"
    render(own(), gather("shop", {}, None, print), project)
    assert "5 passed" in told_by_its_tests(project, tmp_path / "node")
    add_a_page(project)
    assert "6 passed" in told_by_its_tests(project, tmp_path / "node")


def told_by_its_tests(project: Path, node: Path) -> str:
    """Run the tests of the page and return what they said."""
    if not node.exists():
        wheels = ["--require-hashes", "-r", str(project / "frontend/requirements.txt")]
        subprocess.run([UV, "venv", "--quiet", str(node)], check=True)
        subprocess.run([UV, "pip", "install", "--quiet", "--python", str(node / "bin/python"), *wheels], check=True)
    environment = {**os.environ, "PATH": f"{node}/bin:{os.environ['PATH']}", "UV_LINK_MODE": "hardlink"}
    done = subprocess.run(
        ["make", "test-frontend"], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-3000:]
    return done.stdout


def add_a_page(project: Path) -> None:
    """Do what docs/add-a-page.md says, block by block."""
    api, page, known, place, test = BLOCK.findall((project / "docs/add-a-page.md").read_text())
    frontend = project / "frontend"
    with (frontend / "src/api.ts").open("a") as file:
        file.write(api)
    (frontend / "src/components/AccountPage.vue").write_text(page)
    pages = (frontend / "src/pages.ts").read_text()
    pages = pages.replace("import ReportList", f"{known}import ReportList").replace(
        "ReportList },\n", f"ReportList }},\n{place}"
    )
    (frontend / "src/pages.ts").write_text(pages)
    (frontend / "tests/account.spec.ts").write_text(test)
