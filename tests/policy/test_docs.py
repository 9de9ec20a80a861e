"""What the documents say of the repository is there."""

from __future__ import annotations

import re

from .conftest import ROOT, name_of, tracked

# Where the architecture's short paths begin.
PLACES = (".", "slipway", "plugins", "plugins/module_utils/release", "plugins/module_utils/doctor", "roles/ssh")
PATH = re.compile(r"`([\w.-]+/[\w./*-]*|[\w-]+\.(?:py|yml|md))`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def test_the_architecture_names_what_exists() -> None:
    named = PATH.findall((ROOT / "docs/architecture.md").read_text())
    assert len(named) > 30
    concrete = [name.replace("VERB", "deploy") for name in named]
    assert [name for name in concrete if not any(list((ROOT / place).glob(name)) for place in PLACES)] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{name_of(path)}: {target}"
        for path in tracked("*.md")
        for target in LINK.findall(path.read_text())
        if not (path.parent / target).exists()
    ]
    assert broken == []
