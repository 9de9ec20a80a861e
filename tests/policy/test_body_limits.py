"""Caddy and the reference app agree on how large a body may be."""

from __future__ import annotations

import re

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec.fields import FIELDS
from tests.policy.conftest import ROOT


def test_strongbox_takes_in_all_that_caddy_passes_on_so_that_its_refusal_arrives() -> None:
    source = (ROOT / "app/src/strongbox/bodies.py").read_text()
    mib = re.search(r"^UNREAD = (\d+) \* KIB \* KIB$", source, re.MULTILINE)
    assert mib, source
    assert int(mib[1]) == FIELDS["max_body_mib"].default
