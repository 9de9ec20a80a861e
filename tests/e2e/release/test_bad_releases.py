"""Bad releases: visitors keep what they had, and the message says what was seen."""

from __future__ import annotations

import pytest

from tests.release.target import Target


@pytest.mark.parametrize(
    ("behaviour", "told", "deadline_s", "longest_s"),
    [
        ("exits", ["exited with code 3", "cannot read my configuration"], 120, 60),  # Z-01
        ("hangs", ["not ready within 3 s", "last answer: none"], 3, 3 + 10),  # Z-02
        ("answers-500", ["last answer: 500", "broken on purpose"], 3, 3 + 10),
        ("redirects", ["last answer: 301 -> https://elsewhere.test/login"], 3, 3 + 10),
    ],
)
def test_a_release_that_is_not_ready_never_gets_a_visitor(
    target: Target, behaviour: str, told: list[str], deadline_s: int, longest_s: float
) -> None:
    before = target.live()
    with target.visitors() as seen:
        answer = target.deploy(behaviour=behaviour, gate_timeout_seconds=deadline_s)
    assert answer["code"] == "gate"
    assert [part for part in [*told, "GET http://127.0.0.1:", "/readyz", "Next: "] if part not in answer["msg"]] == []
    assert answer["audit"]["seconds"]["gate"] < longest_s
    assert (seen.failures, seen.releases) == (0, [before]), seen.report
    assert target.all_containers() == target.running(), "the new container is gone"


def test_a_release_that_turns_bad_is_taken_back_and_marked(target: Target) -> None:
    before = target.live()
    answer = target.deploy(behaviour="turns-bad", turn_s=2, watch_seconds=20)
    assert answer["code"] == "watch"
    assert "not ready 3 times in a row" in answer["msg"]
    assert answer["audit"]["seconds"]["watch"] < 20, "not only at its end"
    assert target.live() == before
    bad = [release for release in target.status()["releases"] if release["state"] == "bad"]
    assert "taken back after the switch" in bad[0]["reason"]
    refused = target.roll_back(bad[0]["id"])
    assert (refused["code"], "is marked bad" in refused["msg"]) == ("refused", True)


def test_a_release_that_dies_while_watched_costs_hardly_a_request(target: Target) -> None:  # Z-03
    before = target.live()
    with target.visitors(clients=10, slow=0, streams=0) as seen:
        answer = target.deploy(behaviour="dies", turn_s=4, watch_seconds=30)
    assert answer["code"] == "watch"
    assert "its container exited" in answer["msg"]
    assert target.live() == before
    # Each of ten visitors has one request under way when it dies; the next waits for its restart or the switch back.
    assert seen.failures <= 10 * answer["msg"].count("tiny starts"), seen.report


def test_visitors_errors_alone_take_a_release_back_and_leave_it_usable(target: Target) -> None:
    before = target.live()
    with target.visitors(rate=100) as seen:
        answer = target.deploy(behaviour="pages-500", watch_seconds=20)
    assert answer["code"] == "visitors"
    assert "answers to visitors were 5xx (0% before the switch), and GET /page/" in answer["msg"]
    assert target.live() == before
    assert seen.releases[0] == before
    assert "taken back" in {each["state"] for each in target.status()["releases"]}


def test_an_app_that_always_failed_on_some_pages_is_deployed(target: Target) -> None:
    assert not target.deploy(behaviour="some-500").get("failed")
    with target.visitors(rate=100):
        answer = target.deploy(behaviour="some-500", watch_seconds=5)
    assert not answer.get("failed"), answer


# H2, F8: what a stranger does to his own requests takes no release back, neither forward nor backward.
def test_strangers_take_no_release_back(target: Target) -> None:
    with target.strangers() as seen:
        forward = target.deploy(watch_seconds=8)
        backward = target.roll_back(watch_seconds=8)
    assert not forward.get("failed"), forward
    assert not backward.get("failed"), backward
    assert target.live() == backward["release"] != forward["release"]
    assert {each["state"] for each in target.status()["releases"]} <= {"live", "idle", "kept"}
    # Each trick worked often enough to have taken it back by itself.
    print(seen.report)
    assert {name: sum(ended.values()) for name, ended in seen.report.items() if sum(ended.values()) < 5} == {}
    answered = seen.report["bad chunk"] | seen.report["slow body"]
    assert {"HTTP/1.1 400 Bad Request", "HTTP/1.1 408 Request Timeout"} <= answered.keys()


def test_a_hook_that_fails_stops_the_release(target: Target) -> None:
    before = target.live()
    with target.visitors() as seen:
        answer = target.deploy(hook=["python3", "-c", "print('no such table: users'); raise SystemExit(7)"])
    assert answer["code"] == "hook"
    assert "exited with code 7" in answer["msg"]
    assert "no such table: users" in answer["msg"]
    assert (seen.failures, target.live()) == (0, before)
    assert target.all_containers() == target.running()


def test_a_hook_that_hangs_is_stopped(target: Target) -> None:
    before = target.live()
    answer = target.deploy(hook=["python3", "-c", "import time; time.sleep(600)"], hook_timeout_seconds=2)
    assert answer["code"] == "hook"
    assert "was stopped after 2 s" in answer["msg"]
    assert target.live() == before
    assert target.all_containers() == target.running(), "the hook's container is gone"


def test_a_hook_runs_with_the_new_secrets_after_a_snapshot(target: Target) -> None:
    wanted = (
        "import pathlib; d = pathlib.Path('/data'); d.joinpath('seen').write_text(open('/run/secrets/token').read())"
    )
    copy = "import pathlib, sys; f = pathlib.Path(sys.argv[1]); f.mkdir(); f.joinpath('copy').write_text('before')"
    order = target.order(hook=["python3", "-c", wanted], snapshot=["python3", "-c", copy])
    answer = target.drive(order | {"secrets": {"token": "the new one"}})
    assert not answer.get("failed"), answer
    home = "/var/lib/slipway/apps/tiny"
    assert target.host.exec(["cat", f"{home}/data/seen"], check=True).stdout == "the new one"
    assert (
        target.host.exec(["sh", "-c", f"cat {home}/snapshots/*-before-{answer['release']}/data/copy"]).stdout
        == "before"
    )


def test_too_little_disk_is_refused_with_the_figures(target: Target) -> None:  # Z-15
    order = target.order()
    answer = target.drive(
        order | {"images": {"app": {"id": "sha256:" + "0" * 64, "layers": ["sha256:x"], "size": 10**15}}}
    )
    assert answer["code"] == "disk"
    assert "MiB free in /var/lib/docker, 1907349656 MiB wanted" in answer["msg"]
    assert target.running() != []


def test_a_disk_that_fills_up_in_the_middle_is_told_and_nobody_notices(target: Target) -> None:  # Z-15
    before, state = target.live(), "/var/lib/slipway/apps/tiny/state"
    # Two pages: the lease and the journal's first entry fit, the next one does not.
    target.host.exec(["mount", "-t", "tmpfs", "-o", "size=8k,mode=700", "tmpfs", state], check=True)
    try:
        with target.visitors(slow=0, streams=0) as seen:
            answer = target.deploy()
    finally:
        target.host.exec(["umount", state], check=True)
    assert answer["code"] == "disk", answer
    assert f"The disk is full at {state}/journal.json" in answer["msg"]
    assert (seen.failures, target.live()) == (0, before), seen.report
    assert target.all_containers() == target.running(), "nothing is left of it"
    assert not target.deploy().get("failed")


def test_a_full_disk_under_the_audit_log_is_a_warning_and_the_release_is_live(target: Target) -> None:
    log = "/var/log/slipway"
    target.host.exec(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", log], check=True)
    target.host.exec(["sh", "-c", f"head -c 4096 /dev/zero >{log}/full"], check=True)
    try:
        answer = target.deploy()
    finally:
        target.host.exec(["umount", log], check=True)
    assert not answer.get("failed"), answer
    assert (
        f"the audit line could not be written: [Errno 28] No space left on device: '{log}/audit.jsonl'" in answer["msg"]
    )
    assert target.live() == answer["release"]
    assert target.status()["busy"] == ""


def test_a_release_gets_no_file_of_another_and_leaves_no_volume(target: Target) -> None:  # C-04
    def release() -> str:
        order = target.order(hook=["python3", "-c", "pass"])
        order["compose"] = order["compose"].replace("    volumes:\n", "    volumes:\n      - /cache\n")
        answer = target.drive(order)
        assert not answer.get("failed"), answer
        [name] = target.running()
        return name

    def volumes() -> set[str]:
        return set(target.docker("volume", "ls", "--quiet").split())

    before = volumes()
    for _ in range(4):
        name = release()
        assert target.docker("exec", "--user", "0", name, "ls", "/cache") == ""
        target.docker("exec", "--user", "0", name, "touch", "/cache/mine")
    assert len(volumes() - before) == 2, "one per slot"
    for _ in range(2):
        assert not target.deploy().get("failed")
    assert volumes() == before


def test_an_old_release_that_ignores_sigterm_is_ended_after_its_grace(target: Target) -> None:
    assert not target.deploy(behaviour="stubborn").get("failed")
    answer = target.deploy(stop_grace_seconds=2)
    assert not answer.get("failed"), answer
    assert 1.5 < answer["seconds"]["stop"] < 10, "not Docker's own ten seconds"
    assert len(target.running()) == 1
