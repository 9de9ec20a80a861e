"""What the control machine needs to build an image."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.build import client
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.errors import ShippingError


def test_a_machine_without_dockers_client_is_told_which_package_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ShippingError, match=r"`docker`.* is not on this machine.\n.*apt-get install docker-cli"):
        client(["build"])
