"""After every refusal the host is as bare as before."""

from __future__ import annotations

from testinfra.host import Host


def test_nothing_was_left_behind(host: Host) -> None:
    assert not host.user("slipway-tunnel").exists
    assert host.run("find / -xdev -name '*slipway-tunnel*' -not -path '/proc/*'").stdout == ""


def test_nothing_was_sent_out(host: Host) -> None:
    assert not host.file("/etc/slipway").exists
    assert not host.file("/etc/cloudflared").exists
