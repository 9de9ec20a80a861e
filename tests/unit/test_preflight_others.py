"""What preflight says of a host that serves another project, and of a rename that would leave the data behind."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from ansible_collections.slipway.kit.plugins.filter.projects import with_other_projects
from ansible_collections.slipway.kit.plugins.module_utils.release.register import Entry
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from ansible_collections.slipway.kit.plugins.plugin_utils.findings import report
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.others import of_others

APP = {"name": "store", "domains": ["shop.test"], "exposure": "public", "build": "."}
SHOP = Entry("shop", "git.test/theirs", "live", "private", ("shop.test",), (31000, 31001), mirror=True, since=1.0)
BY = "which belongs to app shop of another project, git.test/theirs (inventory live). [OTHER_PROJECT]"


def findings(entry: Entry, project: str = "git.test/ours", *, adopt: bool = False, **fields: Any) -> str:
    """Return the report on a host where an app is registered, on one line."""

    def place(name: str, key: str, item: str = "") -> str:
        return f"{name}.{key}{f'.{item}' if item else ''}"

    apps, register = complete([{**APP, **fields}]), {entry.app: asdict(entry)}
    found = of_others(register, apps, [str(app["name"]) for app in apps], project, place, adopt=adopt)
    return " ".join(report(found).split())


def test_a_host_with_nothing_of_others_has_no_findings() -> None:
    assert findings(SHOP, domains=["store.test"]) == report([])
    assert findings(SHOP, "git.test/theirs", domains=["store.test"]) == report([])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, f"1. App store declares shop.test, {BY} where store.domains.shop.test next take shop.test out there"),
        (
            {"domains": ["a.test"], "loopback_port": 31000},
            f"1. App store has the loopback port 31000, {BY} where store.",
        ),
        (
            {"name": "shop"},
            "1. App shop of this host was declared by another project, git.test/theirs (inventory live)",
        ),
    ],
)
def test_what_another_project_has_is_refused(fields: dict[str, Any], message: str) -> None:
    assert message in findings(SHOP, **fields)


def test_an_app_of_another_project_can_be_adopted_with_its_names() -> None:
    assert findings(SHOP, adopt=True, name="shop") == report([])
    assert "shop.test" in findings(SHOP, adopt=True), "its name is not this app's for that"


def test_a_rename_is_refused_with_the_way_out() -> None:
    said = findings(SHOP, "git.test/theirs")
    assert "[RENAMED]" in said
    assert "store would go without." in said
    assert "/var/lib/slipway/apps/shop/data" in said


def test_roles_learn_of_the_apps_of_other_projects() -> None:
    local = {
        "shop": asdict(SHOP),
        "gone": asdict(SHOP) | {"app": "gone", "stopped": 2.0},
        "else": {"a": 1},
        "x": "text",
    }
    apps = with_other_projects(complete([APP]), {"ansible_local": local}, ["hosts"], "git.test/ours")
    assert [app["name"] for app in apps] == ["store", "shop"]
    assert apps[1] == {"name": "shop", "exposure": "private", "names": ["shop.test"], "mirror": True}
    assert len(with_other_projects(complete([APP]), {"ansible_local": local}, ["hosts"], "git.test/theirs")) == 1
    assert len(with_other_projects(complete([APP]), {}, ["hosts"])) == 1
