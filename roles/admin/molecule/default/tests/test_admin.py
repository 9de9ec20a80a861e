"""What role admin promises. `former` was on the list when prepare.yml ran, and is not any more."""

from __future__ import annotations

from testinfra.host import Host

SUDO_AS = "runuser -u {user} -- sudo --non-interactive id -u"


def test_an_admin_has_exactly_the_declared_key_and_no_password(host: Host) -> None:  # S-08
    keys = host.file("/home/ada/.ssh/authorized_keys")
    assert len(keys.content_string.strip().splitlines()) == 1
    assert (keys.user, keys.mode) == ("ada", 0o600)
    assert host.user("ada").password == "*"


def test_sudo_is_for_those_who_need_it(host: Host) -> None:  # O-12
    assert host.run(SUDO_AS.format(user="ada")).stdout.strip() == "0"
    assert host.run(SUDO_AS.format(user="eve")).rc != 0


def test_who_left_the_list_lost_the_access(host: Host) -> None:
    former = host.user("former")
    assert former.shell == "/usr/sbin/nologin"
    assert "slipway-admins" not in former.groups
    assert former.expiration_date is not None
    assert not host.file("/home/former/.ssh/authorized_keys").exists
    assert host.run(SUDO_AS.format(user="former")).rc != 0
    assert host.file("/home/former").exists
