from __future__ import annotations

from typing import cast

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import AppSpecError, complete

SMALLEST = {"name": "shop", "domains": ["shop.example.com"], "exposure": "public", "build": "app"}


def app(**changes: object) -> dict[str, object]:
    return {**SMALLEST, **changes}


def test_defaults_and_derived_values_are_filled_in() -> None:
    [shop] = complete([app()])
    assert shop["port"] == 8000
    assert shop["data_dir"] == "/var/lib/slipway/apps/shop/data"
    assert shop["secrets_dir"] == "/etc/slipway/secrets/shop"
    slots = cast("dict[str, dict[str, int]]", shop["slots"])
    assert slots["green"]["port"] == slots["blue"]["port"] + 1


def test_ports_do_not_depend_on_the_order_of_the_apps() -> None:
    other = app(name="blog", domains=["blog.example.com"])
    there, back = complete([app(), other]), complete([other, app()])
    assert there[0]["slots"] == back[1]["slots"]


def test_defaults_are_not_shared_between_apps() -> None:
    first, second = complete([app(), app(name="blog", domains=["blog.example.com"])])
    cast("dict[str, str]", first["env"])["DEBUG"] = "1"
    assert second["env"] == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": None}, "slipway_apps[0].name: missing (lower-case name of the app, unique on the host)."),
        (
            {"name": "Shop; rm"},
            "slipway_apps[0].name: 'Shop; rm' has not the right form (lower-case name of the app, unique on the host)."
            " Names are in lower case: letters, digits and `-`, a letter first, 31 at most. Write `shop-rm`.",
        ),
        ({"expossure": "lan"}, "slipway_apps[0].expossure: unknown key (did you mean `exposure`?)."),
        ({"exposure": "world"}, "slipway_apps[0].exposure: 'world' is not one of public, lan, private, tunnel."),
        (
            {"memory_mib": "256"},
            "slipway_apps[0].memory_mib: a whole number is wanted (memory limit of a slot), this is '256'.",
        ),
        (
            {"memory_mib": True},
            "slipway_apps[0].memory_mib: a whole number is wanted (memory limit of a slot), this is True.",
        ),
        ({"port": 0}, "slipway_apps[0].port: 0 is outside 1 to 65535 (port the app listens on inside its container)."),
        ({"overlap": "no"}, "slipway_apps[0].overlap: true or false is wanted, this is 'no'."),
        ({"domains": "shop.test"}, None),
        ({"domains": []}, None),
        ({"env": {"A": ["b"]}}, "slipway_apps[0].env.A: text is wanted, this is a list. As JSON: A: '[\"b\"]'"),
        (
            {"loopback_port": 20001},
            "slipway_apps[0].loopback_port: 20001 is odd; blue takes an even port, green the next.",
        ),
        (
            {"image": "shop:1.2", "build": None},
            "slipway_apps[0].image: 'shop:1.2' is not pinned; write name@sha256:... to always get the same bytes.",
        ),
        (
            {"image": "shop@sha256:0"},
            "slipway_apps[0]: exactly one of `image` (pull it) and `build` (build it here) is wanted.",
        ),
        ({"mirror": "flask"}, None),
        (
            {"mirror": ["m"], "snapshot": ["s"]},
            "slipway_apps[0].snapshot: the mirror is what is kept before a hook; leave `snapshot` or `mirror` out.",
        ),
        (
            {"judge": ["flask", "judge"]},
            "slipway_apps[0].judge: there is no copy that it could judge; declare `mirror` too.",
        ),
    ],
)
def test_a_wrong_app_is_refused_with_its_path(changes: dict[str, object], message: str | None) -> None:
    with pytest.raises(AppSpecError) as refused:
        complete([app(**changes)])
    if message is None:
        [key] = changes
        assert refused.value.problems[0].startswith(f"slipway_apps[0].{key}: a list is wanted")
    else:
        assert refused.value.problems == (message,)


def test_all_findings_come_at_once() -> None:
    with pytest.raises(AppSpecError) as refused:
        complete([app(exposure="x", port=0), "nonsense"])
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"domains": ["blog.example.com"]}, "slipway_apps[1]: name shop is taken by slipway_apps[0]."),
        ({"name": "blog"}, "slipway_apps[1]: domain shop.example.com is taken by slipway_apps[0]."),
    ],
)
def test_apps_may_not_clash(changes: dict[str, object], message: str) -> None:
    with pytest.raises(AppSpecError) as refused:
        complete([app(), app(**changes)])
    assert message in refused.value.problems


def test_a_clash_of_loopback_ports_names_the_way_out() -> None:
    with pytest.raises(AppSpecError) as refused:
        complete([app(loopback_port=21000), app(name="blog", domains=["blog.test"], loopback_port=21000)])
    assert refused.value.problems[0] == (
        "slipway_apps[1]: loopback port 21000 is taken by slipway_apps[0]. Set loopback_port of one of them."
    )


def test_lists_and_tables_are_copied_into_plain_ones() -> None:
    class Lazy(list[str]):
        def __deepcopy__(self, memo: object) -> Lazy:
            raise AssertionError("Ansible's containers hold its templating engine, which takes seconds to copy")

    domains = Lazy(["app.test"])
    [app] = complete([{"name": "a", "domains": domains, "exposure": "public", "build": "."}])
    assert app["domains"] == ["app.test"]
    assert type(app["domains"]) is list
