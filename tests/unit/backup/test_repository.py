"""Where restic is sent, word by word."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.backup.repository import arguments

SSH = (
    "ssh -F none -i /keys/key -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes"
    " -o UserKnownHostsFile=/keys/known_hosts -o GlobalKnownHostsFile=/dev/null -o HostKeyAlias=store"
    " -o ConnectTimeout=20 -o ServerAliveInterval=20 -o ServerAliveCountMax=6"
)


@pytest.mark.parametrize(
    ("repository", "words"),
    [
        ("/srv/copies", ["-r", "/srv/copies"]),
        (
            "ssh://web1@store.example.com:2222",
            ["-r", "rclone:forced", "-o", f"rclone.program={SSH} -l web1 -p 2222 store.example.com"],
        ),
        (
            "sftp://me@store.example.com/srv/web1",
            [
                "-r",
                "sftp:store.example.com:/srv/web1",
                "-o",
                f"sftp.command={SSH} -l me -p 22 store.example.com -s sftp",
            ],
        ),
    ],
)
def test_a_repository_becomes_arguments(repository: str, words: list[str]) -> None:
    assert arguments(repository, Path("/keys")) == words
