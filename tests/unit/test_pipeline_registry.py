"""What a job has Docker do: log in to its registry and forget it, pull, load; a recorder stands in for Docker."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.pipeline import images, registry

JOB = {"CI_REGISTRY": "r.example.com", "CI_REGISTRY_USER": "job", "CI_REGISTRY_PASSWORD": "canary-of-a-job-token"}
# Writes down what it was told, in place of Docker's own command.
RECORDER = """#!/usr/bin/env python3
import json, os, sys
told = {"argv": sys.argv[1:], "stdin": sys.stdin.read() if "--password-stdin" in sys.argv else ""}
open(os.environ["TOLD"], "a").write(json.dumps(told) + "\\n")
print(os.environ.get("ANSWER", ""))
sys.exit("denied: " + os.environ["DENY"] if os.environ.get("DENY", "-") in sys.argv else 0)
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the recorder first on PATH; returns the file with a line a command."""
    (tmp_path / "bin").mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.write_text(RECORDER)
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TOLD", str(tmp_path / "told"))
    return tmp_path / "told"


def commands(told: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in told.read_text().splitlines()]


def test_the_password_is_on_no_command_line_and_the_login_is_forgotten(told: Path) -> None:
    with registry.logged_in(JOB) as docker:
        folder = Path(docker[-1])
        assert docker == ["docker", "--config", str(folder)]
        assert folder.is_dir()
    assert not folder.exists()
    [login] = commands(told)
    assert login["argv"] == ["--config", str(folder), "login", "--username", "job", "--password-stdin", "r.example.com"]
    assert login["stdin"] == JOB["CI_REGISTRY_PASSWORD"]


def test_a_job_without_a_registry_asks_as_anybody(told: Path) -> None:
    with registry.logged_in({"CI_REGISTRY": "r.example.com"}) as docker:
        assert docker == ["docker"]
    assert not told.exists()


def test_a_refused_login_is_explained_without_the_password(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENY", "login")
    with pytest.raises(RefusalError) as refused, registry.logged_in(JOB):
        pass
    assert refused.value.value == "job at r.example.com: denied: login"
    assert "canary" not in str(refused.value)


def test_a_tag_of_a_private_registry_is_pulled_with_the_jobs_login(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENY", "inspect")  # it is not on this engine
    # An engine that pulled it and still knows no digest of it is not believed.
    with pytest.raises(RefusalError, match=r"r\.example\.com/shop:1 is not an image id"):
        images.fetch({**JOB, "SLIPWAY_TAG": "r.example.com/shop:1"}, Path())
    arguments = [str(one["argv"]) for one in commands(told)]
    verbs = [verb for one in arguments for verb in ("inspect", "login", "pull") if f"'{verb}'" in one]
    assert verbs == ["inspect", "login", "pull", "inspect"]


def test_an_archive_with_another_image_than_the_build_job_said_is_refused(
    told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / images.ARCHIVE).touch()
    monkeypatch.setenv("DENY", "inspect")  # what was said is not there after the load
    with pytest.raises(RefusalError, match="the image archive holds another image than the build job recorded"):
        images.fetch({"SLIPWAY_IMAGE": "sha256:1"}, tmp_path)


def test_an_image_that_the_runner_still_has_is_not_loaded_again(
    told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / images.ARCHIVE).touch()
    monkeypatch.setenv("ANSWER", '[{"Id": "sha256:1"}]')
    assert images.fetch({"SLIPWAY_IMAGE": "sha256:1"}, tmp_path) == "sha256:1"
    assert [one["argv"] for one in commands(told)] == [["image", "inspect", "sha256:1"]]
