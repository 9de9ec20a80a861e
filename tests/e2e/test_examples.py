"""The example inventories, run on a throw-away host in place of the hosts that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway.rig import Rig
from slipway.rig.play import play

pytestmark = pytest.mark.rig

EXAMPLES = Path(__file__).resolve().parents[2] / "inventories/example"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/hosts.yml"))
HOSTS = {"web1": ["strongbox.example.com", "strongbox.staging.example.com"]}
USER = "admin"
# The rig's user is in none of the groups that the role lets in by default.
LET_IN = ("-e", '{"ssh_allow_groups": ["admin"]}')


@pytest.mark.parametrize("name", NAMES)
def test_an_example_passes_preflight(rig: Rig, name: str) -> None:
    play("playbooks/preflight.yml", [EXAMPLES / name, rig.inventory], *LET_IN).check()


def test_a_site_for_the_local_network_is_served_by_the_hosts_own_authority(rig: Rig) -> None:
    done = play("playbooks/site.yml", [EXAMPLES / "staging", rig.inventory], *LET_IN).check()
    assert "https://strongbox.staging.example.com/  200" in done.stdout
    assert "certificate by Caddy Local Authority" in done.stdout
