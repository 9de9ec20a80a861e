"""Who gets past the front to an app: what is declared, and what is refused."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import AppSpecError, complete

HASH = "$2a$11$" + "a" * 53


def shop(**fields: object) -> dict[str, object]:
    declared = {"name": "shop", "domains": ["shop.test"], "exposure": "public", "build": "backend"}
    return dict(complete([{**declared, **fields}])[0])


def test_all_who_reach_an_app_get_in_unless_it_says_otherwise() -> None:
    assert shop()["access"] == {"basic_auth": {}, "networks": []}
    assert not App.parse(shop()).guarded
    assert not App.parse(shop(access={"networks": ["203.0.113.0/24"]})).guarded
    assert App.parse(shop(access={"basic_auth": {"alice": HASH}})).guarded


@pytest.mark.parametrize(
    ("access", "said"),
    [
        ("office", ".access: a mapping is expected"),
        ({"password": "x"}, ".access.password: unknown key"),
        ({"basic_auth": ["alice"]}, ".access.basic_auth: a mapping is wanted"),
        ({"basic_auth": {"alice": "secret"}}, ".access.basic_auth.alice: a bcrypt hash is expected"),
        ({"basic_auth": {"alice": "$argon2id$v=19$m=47104,t=1,p=1$x$y"}}, "a bcrypt hash is expected"),
        ({"basic_auth": {"alice": HASH + "\n}"}}, "a bcrypt hash is expected"),
        ({"basic_auth": {"a b": HASH}}, "'a b' is not a name of letters"),
        ({"basic_auth": {"a {": HASH}}, "is not a name of letters"),
        ({"basic_auth": {"alice": HASH.replace("11", "14")}}, "its cost is 14, and every wrong password costs this"),
        ({"networks": "10.0.0.0/8"}, ".access.networks: a list is wanted"),
        ({"networks": ["10.0.0.1/8"]}, "is not a network such as 203.0.113.0/24 (10.0.0.1/8 has host bits set)"),
        ({"networks": ["office"]}, "is not a network such as"),
    ],
)
def test_what_would_not_keep_anybody_out_is_refused(access: object, said: str) -> None:
    with pytest.raises(AppSpecError) as refused:
        shop(access=access)
    assert said in str(refused.value)
    assert "secret" not in str(refused.value), "what stands there may be a password"
