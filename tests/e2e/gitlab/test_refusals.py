"""Bad input is refused in half a minute: what, which value, where to change it, what to do; nothing is touched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.rig import Rig

from .repository import Job, Repository
from .site import on_host

REFUSED_WITHIN_S = 30

pytestmark = pytest.mark.timeout(900)


def as_it_is(shop: Repository) -> None:
    """Nothing but the job's own variable is wrong."""


def without_key(shop: Repository) -> None:
    shop.set_variables({name: value for name, value in shop.variables().items() if name != "SLIPWAY_SSH_KEY"})


def with_a_wrong_vault_password(shop: Repository) -> None:
    wrong = shop.folder.parent / "wrong-password"
    wrong.write_text("not the password\n")
    shop.set_variables({**shop.variables(), "SLIPWAY_VAULT_PASSWORD": str(wrong)})


def with_another_host_key(shop: Repository) -> None:
    variables = shop.variables()
    pinned = Path(variables["SLIPWAY_KNOWN_HOSTS"]).read_text().splitlines()
    names = {line.split()[0] for line in pinned if line.strip()}
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBiH2kYw0dpBnDMvLL2AIMiX8Kn0dbNUEmxKzZ0oRRaW"
    other = shop.folder.parent / "other-host-key"
    other.write_text("".join(f"{name} {key}\n" for name in names))
    shop.set_variables({**variables, "SLIPWAY_KNOWN_HOSTS": str(other)})


@pytest.mark.parametrize(
    ("prepare", "given", "said"),
    [
        (without_key, {}, "SLIPWAY_SSH_KEY is not set"),
        (with_a_wrong_vault_password, {}, "SLIPWAY_VAULT_PASSWORD does not open the inventory's vault"),
        (with_another_host_key, {}, "the host key of production is not the pinned one"),
        (
            as_it_is,
            {"SLIPWAY_TAG": "{{ lookup('pipe', 'touch /tmp/canary') }}"},
            "SLIPWAY_TAG is not the name of an image",
        ),
        (as_it_is, {"SLIPWAY_TAG": "127.0.0.1:1/shop:none"}, "there is no image with this tag"),
    ],
    ids=[
        "missing-variable",
        "wrong-vault-password",
        "changed-host-key",
        "tag-that-is-a-template",
        "tag-that-does-not-exist",
    ],
)
def test_bad_input_is_refused_in_time_and_in_words(
    rig: Rig, unchanged: Repository, prepare: Callable[[Repository], None], given: dict[str, str], said: str
) -> None:
    before = touched(rig)
    prepare(unchanged)
    assert_refused(unchanged.run("deploy:production", given), said)
    assert touched(rig) == before


def touched(rig: Rig) -> str:
    """Return what a deploy would change: releases, what is live, and the trail of who did what."""
    return on_host(
        rig, "sh", "-c", "ls -lR /var/lib/slipway/apps /var/log/slipway 2>/dev/null; docker ps --all --quiet"
    )


def test_an_image_without_the_apps_port_is_refused_at_the_build(unchanged: Repository) -> None:
    unchanged.declare(port=9000)
    assert_refused(unchanged.run("build"), "the image does not listen on the app's port")


def assert_refused(job: Job, said: str) -> None:
    assert job.code != 0, job.output
    assert f"refused: {said}" in job.output, job.output
    for part in ("value:", "where:", "next:"):
        assert part in job.output
    assert job.seconds < REFUSED_WITHIN_S
