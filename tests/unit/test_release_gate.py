"""What the gate advises when an app runs and does not get ready."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.module_utils.release.gate import Probe, advice
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete

[SHOP] = complete([{"name": "shop", "domains": ["shop.test"], "exposure": "lan", "build": "."}])


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (Probe(0, problem="[Errno 111] Connection refused"), "`port` in slipway_apps be its port"),
        (Probe(404, body="Not Found"), "`readiness_path` in slipway_apps be a page that answers 200, /readyz is none"),
        (Probe(301, location="https://shop.test/login"), "/readyz answer 200 without a redirect"),
        (Probe(0, problem="timed out"), ""),
        (Probe(500), ""),
    ],
    ids=["another port", "another path", "a redirect", "hangs", "broken"],
)
def test_what_is_probably_declared_wrongly_is_named(seen: Probe, said: str) -> None:
    told = advice(App.parse(SHOP).main, seen)
    assert said in told
    assert bool(told) == bool(said)
