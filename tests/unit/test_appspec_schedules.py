"""Commands that timers start: what is declared, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.slipway.kit.plugins.module_utils.release.app import App
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import AppSpecError, complete
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.template import compose_file

ROTATE = {"at": "*-*-* 03:20", "command": ["flask", "keys", "rotate"]}


def shop(**fields: object) -> dict[str, Any]:
    declared = {"name": "shop", "domains": ["shop.test"], "exposure": "public", "build": "backend"}
    return dict(complete([{**declared, **fields}])[0])


def test_a_schedule_is_completed_and_read_by_the_engine() -> None:
    [job] = App.parse(shop(schedules={"rotate": ROTATE})).jobs
    assert (job.name, job.at, job.command) == ("rotate", "*-*-* 03:20", ("flask", "keys", "rotate"))
    assert (job.timeout_s, job.process) == (3600, "app")
    assert job.unit("shop") == "slipway-job-shop.rotate"


def test_names_with_dashes_never_share_a_unit() -> None:
    [one] = App.parse(shop(name="a-b", schedules={"c": ROTATE})).jobs
    [two] = App.parse(shop(name="a", schedules={"b-c": ROTATE})).jobs
    assert one.unit("a-b") != two.unit("a")


def test_a_schedule_makes_another_release_and_one_without_any_stays_what_it_was() -> None:
    texts = [compose_file(shop(schedules={"rotate": {**ROTATE, "at": at}})) for at in ("hourly", "daily")]
    assert texts[0] != texts[1]
    assert "schedules" not in compose_file(shop())
    odd = shop(schedules={"odd": {"at": "daily", "command": ["echo", "${HOME} \U0001f600 '\"", "a: b"]}})
    held = yaml.safe_load(compose_file(odd))["x-slipway-schedules"]["odd"]
    assert "$${HOME}" in held


def test_a_process_lends_its_image() -> None:
    app = shop(processes={"worker": {"command": ["work"]}}, schedules={"clean": {**ROTATE, "process": "worker"}})
    assert App.parse(app).jobs[0].process == "worker"


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ({"command": ["a"]}, ".schedules.x.at: missing"),
        ({"at": "daily"}, ".schedules.x.command: missing"),
        ({"at": "daily", "command": []}, ".schedules.x.command: a list is wanted"),
        ({"at": "daily", "command": "flask x"}, ".schedules.x.command: a list is wanted"),
        ({**ROTATE, "at": 5}, ".schedules.x.at: text is wanted"),
        ({**ROTATE, "at": "20 3 * * *"}, 'is a line of cron. Write "*-*-* 03:20".'),
        ({**ROTATE, "at": "*/5 * * * *"}, "is a line of cron. Write it as systemd.time(7) says"),
        ({**ROTATE, "at": "0 4 * * 1"}, "is a line of cron. Write it as systemd.time(7) says"),
        ({**ROTATE, "at": "daily\nExecStart=/bin/sh"}, "is not a time of systemd.time(7)"),
        ({**ROTATE, "at": "%h"}, "is not a time of systemd.time(7)"),
        ({**ROTATE, "timeout_seconds": 0}, "0 is outside 1 to 604800"),
        ({**ROTATE, "process": "wroker"}, "there is no process 'wroker' (did you mean `worker`?)"),
        ({**ROTATE, "every": "5m"}, ".schedules.x.every: unknown key"),
        ("daily", ".schedules.x: a mapping is expected"),
    ],
)
def test_what_cannot_run_is_refused(schedule: object, said: str) -> None:
    with pytest.raises(AppSpecError) as refused:
        shop(processes={"worker": {"command": ["work"]}}, schedules={"x": schedule})
    assert said in str(refused.value)


@pytest.mark.parametrize("taken", ["www.shop.test", "shop.test"])
def test_names_that_lead_to_an_app_are_its_own(taken: str) -> None:
    first = {"name": "shop", "domains": ["shop.test"], "exposure": "public", "build": "b"}
    first |= {"redirects": ["www.shop.test"]}
    assert complete([first])[0]["names"] == ["shop.test", "www.shop.test"]
    other = {"name": "b", "domains": ["b.test"], "exposure": "public", "build": "b", "redirects": [taken]}
    with pytest.raises(AppSpecError, match=rf"slipway_apps\[1\].redirects: domain {taken} is taken by"):
        complete([first, other])


def test_a_name_does_not_lead_to_itself() -> None:
    with pytest.raises(AppSpecError, match=r"domain shop\.test is taken by"):
        shop(redirects=["shop.test"])


@pytest.mark.parametrize("name", ["X", "a.b", "a/b", "a b", ""])
def test_a_name_that_no_unit_can_have_is_refused(name: str) -> None:
    with pytest.raises(AppSpecError, match="the name has not the right form"):
        shop(schedules={name: ROTATE})
