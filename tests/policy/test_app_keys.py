"""The reference of an app's keys is what the code says."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec.fields import FIELDS, PROCESS_FIELDS, SERVICE_FIELDS
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec.reference import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "app-keys.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make docs"


def test_it_has_a_line_for_each_key() -> None:
    for name in (*FIELDS, *PROCESS_FIELDS, *SERVICE_FIELDS):
        assert f"| `{name}` |" in PAGE.read_text(encoding="utf-8")
