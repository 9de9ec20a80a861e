"""A host that was judged is a host that was not touched."""

from __future__ import annotations

from testinfra.host import Host


def test_nothing_was_left_on_the_host(host: Host) -> None:
    found = host.run("find / -xdev -newer /etc/machine-id -path '*slipway*' -not -path '/proc/*'")
    assert found.stdout == ""


def test_nothing_was_installed(host: Host) -> None:
    assert not host.package("docker.io").is_installed
    assert not host.file("/etc/caddy").exists
