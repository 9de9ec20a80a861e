"""The engine is the one that this person's own client talks to."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway import docker_host


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A home whose client has the contexts `desktop` (a Unix socket) and `far`; a stand-in answers for the client."""
    (tmp_path / ".docker").mkdir()
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\nfor name; do :; done\n"
        'case "$name" in desktop) echo unix:///run/desktop.sock;; far) echo ssh://me@far;; *) exit 1;; esac\n'
    )
    program.chmod(0o755)
    return {"HOME": str(tmp_path), "PATH": f"{program.parent}:/usr/bin:/bin"}


def use(environ: dict[str, str], context: str) -> None:
    Path(environ["HOME"], ".docker/config.json").write_text(json.dumps({"currentContext": context}))


@pytest.mark.parametrize(
    ("context", "extra", "address"),
    [
        ("", {}, ""),
        ("default", {}, ""),
        ("desktop", {}, "unix:///run/desktop.sock"),
        ("far", {}, "ssh://me@far"),
        ("far", {"DOCKER_CONTEXT": "desktop"}, "unix:///run/desktop.sock"),
        ("far", {"DOCKER_HOST": "tcp://ci:2376"}, "tcp://ci:2376"),
    ],
)
def test_the_address_is_that_of_the_client(
    context: str, extra: dict[str, str], address: str, environ: dict[str, str]
) -> None:
    if context:
        use(environ, context)
    assert docker_host.address({**environ, **extra}) == address


def test_a_context_that_is_not_there_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(RefusalError, match="no Docker context of this name"):
        docker_host.address({**environ, "DOCKER_CONTEXT": "gone"})


def test_a_damaged_configuration_of_the_client_is_its_own_affair(environ: dict[str, str]) -> None:
    Path(environ["HOME"], ".docker/config.json").write_text("[")
    assert docker_host.address(environ) == ""


def test_a_contexts_socket_is_handed_to_this_process_and_its_children(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    use(environ, "desktop")
    with docker_host.reached(environ) as given:
        assert given["DOCKER_HOST"] == os.environ["DOCKER_HOST"] == "unix:///run/desktop.sock"
    assert "DOCKER_HOST" not in os.environ
