"""What a client of the store gets: one folder, one key, one command, and nothing that it could change of these."""

from __future__ import annotations

from testinfra.host import Host

KEYS = "/var/lib/slipway/store/web1/.ssh/authorized_keys"


def test_the_folder_is_the_client_s_alone(host: Host) -> None:
    folder = host.file("/srv/copies/web1")
    assert (folder.mode, folder.user, folder.group) == (0o700, "web1", "copies")


def test_the_key_runs_one_command_that_only_adds(host: Host) -> None:
    file = host.file(KEYS)
    assert (file.mode, file.user) == (0o644, "root")
    lines = [line for line in file.content_string.splitlines() if line and not line.startswith("#")]
    assert len(lines) == 1
    assert lines[0].startswith('restrict,command="exec rclone serve restic --stdio --append-only ')


def test_the_client_can_not_write_the_line_of_its_key(host: Host) -> None:
    done = host.run(
        f"runuser -u web1 -- sh -c 'echo x >>{KEYS}; touch {KEYS}.new; mv /var/lib/slipway/store/web1 /tmp'"
    )
    assert done.rc != 0
    assert "x" not in host.file(KEYS).content_string.splitlines()
    assert not host.file(f"{KEYS}.new").exists


def test_the_client_has_no_password(host: Host) -> None:
    assert host.check_output("getent shadow web1").split(":")[1] == "*"
