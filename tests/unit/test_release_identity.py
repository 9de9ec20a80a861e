"""Which release is it: the id, what goes into it, and what never comes out of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import yaml

from ansible_collections.slipway.kit.plugins.module_utils.release.app import Secret, Wanted, WantedImage

WANTED = Wanted(
    images={"app": WantedImage("sha256:aa", "f", "", layers=("sha256:l1",), size=10, revision="abc")},
    compose="services: {}\n",
    secrets={"token": Secret("hunter2")},
    owner="me@here",
)


def test_the_same_release_has_the_same_id_for_everybody() -> None:
    somebody_else = replace(WANTED, owner="ci", images={"app": replace(WANTED.image, revision="def")})
    assert somebody_else.id("tiny") == WANTED.id("tiny")


@pytest.mark.parametrize(
    "other",
    [
        replace(WANTED, images={"app": replace(WANTED.image, id="sha256:bb")}),
        replace(WANTED, images={**WANTED.images, "worker": WANTED.image}),
        replace(WANTED, compose="services: {app: {}}\n"),
        replace(WANTED, secrets={"token": Secret("hunter3")}),
        replace(WANTED, secrets={"tokens": Secret("hunter2")}),
        replace(WANTED, secrets={}),
    ],
    ids=["image", "further image", "configuration", "secret's value", "secret's name", "no secrets"],
)
def test_another_image_configuration_or_secret_is_another_release(other: Wanted) -> None:
    assert other.id("tiny") != WANTED.id("tiny")


def test_two_apps_with_equal_secrets_do_not_show_it() -> None:
    assert WANTED.id("tiny") != WANTED.id("other")


def test_no_text_form_of_a_secret_gives_it_away() -> None:
    secret = Secret("hunter2")
    assert (repr(secret), str(secret), f"{secret}") == ("[redacted]",) * 3
    assert "hunter2" not in repr(WANTED)
    with pytest.raises(TypeError):
        json.dumps({"token": secret})
    with pytest.raises(TypeError, match="not to be serialised"):
        yaml.dump({"token": secret})
    assert secret.reveal() == "hunter2"
