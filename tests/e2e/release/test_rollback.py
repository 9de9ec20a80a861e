"""Going back."""

from __future__ import annotations

from tests.release.target import Target


def test_back_to_the_release_before_with_its_own_secrets_and_configuration(target: Target) -> None:
    old = target.order("with-old-secret") | {"secrets": {"token": "old"}}
    first = target.drive(old)
    second = target.drive(target.order() | {"secrets": {"token": "new"}})
    assert target.host.exec(["cat", "/etc/slipway/secrets/tiny/token"]).stdout == "new"
    with target.visitors() as seen:
        back = target.roll_back()
    assert (back["release"], back["previous"]) == (first["release"], second["release"])
    assert seen.failures == 0, seen.report
    assert target.live() == first["release"]
    assert target.host.exec(["cat", "/etc/slipway/secrets/tiny/token"]).stdout == "old"
    (running,) = target.running()
    assert target.docker("exec", running, "cat", "/run/secrets/token") == "old"
    assert "VERSION=with-old-secret" in target.docker("inspect", running)


def test_back_to_a_release_that_is_named(target: Target) -> None:
    wanted = target.deploy()["release"]
    target.deploy()
    target.deploy()
    assert target.roll_back(wanted)["release"] == wanted
    assert target.live() == wanted


def test_an_unknown_release_is_refused_with_the_list_of_those_kept(target: Target) -> None:
    answer = target.roll_back("nonesuch")
    assert answer["code"] == "refused"
    assert f"'nonesuch' is not kept on this host; kept: {target.live()} (good)" in answer["msg"]


def test_a_release_that_cannot_read_the_data_is_refused_unless_forced(target: Target) -> None:  # Z-40
    old = target.deploy()["release"]
    target.deploy()
    schema = "/var/lib/slipway/apps/tiny/state/schema"
    target.host.put({schema: "2"})
    refused = target.roll_back(old)
    assert refused["code"] == "refused"
    assert f"{old} reads data of schema 1, but the data has schema 2" in refused["msg"]
    assert target.roll_back(old, force=True)["release"] == old
    target.host.put({schema: "1"})


def test_what_is_live_already_is_not_touched(target: Target) -> None:
    release = target.deploy("same")["release"]
    started = target.docker("inspect", "--format", "{{.State.StartedAt}}", *target.running())
    again = target.deploy("same")
    assert (again["changed"], again["release"]) == (False, release)
    assert "is live already" in again["msg"]
    assert target.docker("inspect", "--format", "{{.State.StartedAt}}", *target.running()) == started


def test_a_live_release_that_was_stopped_by_hand_is_started_again(target: Target) -> None:
    release = target.deploy("stopped")["release"]
    target.docker("stop", "-t", "1", *target.running())
    assert target.deploy("stopped")["changed"]
    assert target.live() == release


def test_only_the_last_good_releases_are_kept(target: Target) -> None:
    made = [target.deploy(keep_releases=2)["release"] for _ in range(4)]
    kept = {release["id"] for release in target.status()["releases"]}
    assert kept == set(made[-2:])
    images = target.docker("images", "--format", "{{.Repository}}:{{.Tag}}", "slipway/tiny").split()
    assert set(images) == {f"slipway/tiny:{release}" for release in kept}
    folders = target.host.exec(["ls", "-A", "/etc/slipway/secrets/tiny/.releases"]).stdout.split()
    assert set(folders) == kept


def test_check_mode_says_what_it_would_do_and_does_nothing(target: Target) -> None:
    before = target.live()
    answer = target.drive(target.order() | {"check": True})
    assert answer["changed"]
    assert f"would deploy {answer['release']} over {before}" in answer["msg"]
    assert "BEHAVIOUR" in answer["diff"]["after"]
    assert target.live() == before
