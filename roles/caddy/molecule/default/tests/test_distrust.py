"""What a Caddy that was taken over leaves in its own folders, root neither reads nor follows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from testinfra.host import Host

from slipway.rig import Rig

CONVERGE = "roles/caddy/molecule/default/converge.yml"
ROOT = "/var/lib/caddy/pki/authorities/local/root.crt"
SHOWN = "/etc/caddy/local-root.crt"
SHAPES = {
    "a link to root's": f"ln -s /etc/shadow {ROOT}",
    "a fifo": f"mkfifo {ROOT}",
}


@pytest.fixture
def kept(host: Host) -> Iterator[str]:
    """Yield the root that visitors trust; Caddy has its own back afterwards."""
    host.check_output(f"mv {ROOT} {ROOT}.kept")
    yield host.check_output(f"cat {SHOWN}")
    host.check_output(f"rm -f {ROOT} && mv {ROOT}.kept {ROOT}")


# O-13
@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_but_a_certificate_is_shown_as_the_root(host: Host, rig: Rig, kept: str, shape: str) -> None:
    host.check_output("runuser -u caddy -- sh -c %s", SHAPES[shape])
    played = rig.play(CONVERGE, "--tags", "caddy_run", inventories=[])
    assert played.rc != 0
    assert f"{ROOT} is not one PEM certificate, so nobody is told to trust it." in " ".join(played.stdout.split())
    assert host.check_output(f"cat {SHOWN}") == kept


def test_a_farewell_touches_nothing_that_a_link_leads_to(host: Host) -> None:
    host.check_output("runuser -u caddy -- ln -s /etc/nologin /run/caddy/leaving")
    host.check_output("systemctl restart caddy.service")
    assert not host.file("/etc/nologin").exists
    assert not host.file("/run/caddy/leaving").exists
