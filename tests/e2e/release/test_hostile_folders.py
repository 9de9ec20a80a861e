"""Whatever an app or Caddy puts into folders of its own, root does nothing elsewhere for it, and every verb ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.release.target import Answer, Target

VICTIM = "/srv/victim"
APPS = "/var/lib/slipway/apps"
REPORT = "tests/e2e/playbooks/report.yml"
# Names that root once looked at, or makes now in a folder of its own.
IN_DATA = [".snapshots", "snapshots", "data", ".unfinished", "live", "state"]
# Longer than any verb takes on a busy machine, shorter than forever.
LONGEST_S = 90
# Run as the one who owns a folder: the names in it become one thing after the other, for ever.
SWAPS = """
import itertools, os, shutil, socket, sys, time
folder, victim, *names = sys.argv[1:]
os.chdir(folder)
def bound(name):
    with socket.socket(socket.AF_UNIX) as waiting:
        waiting.bind(name)
def links(name):
    os.mkdir(name)
    for number in range(5):
        os.symlink(victim, f"{name}/2020010{number}T000000Z-before-{number:012x}")
def files(name):
    os.mkdir(name)
    for number in range(5):
        open(f"{name}/2020010{number}T000000Z-before-{number:012x}", "w").close()
shapes = [lambda name: os.symlink(victim, name), lambda name: open(name, "w").close(), os.mkfifo, bound, links, files]
for shape in itertools.cycle(shapes):
    for name in names:
        shape(f"{name}.new")
        if os.path.lexists(name):
            os.rename(name, f"{name}.old")
        os.rename(f"{name}.new", name)
        old = f"{name}.old"
        if os.path.isdir(old) and not os.path.islink(old):
            shutil.rmtree(old)
        elif os.path.lexists(old):
            os.unlink(old)
    time.sleep(0.01)
"""
# What a release that was taken over leaves in its snapshot: ways out of it, and more folders in one another than root
# may hold open.
COPY = f"""
import os, sys
os.mkdir(sys.argv[1])
os.chdir(sys.argv[1])
os.symlink("{VICTIM}", "link")
os.symlink("/etc/shadow", "shadow")
os.mkfifo("fifo")
for _ in range(1200):
    os.mkdir("d")
    os.chdir("d")
"""
# The same in its mirror, which is there again with all of it at the next run.
MIRROR = COPY.replace("os.mkdir(sys.argv[1])", "").replace(
    'os.symlink("', 'os.path.lexists("link") and sys.exit()\nos.symlink("', 1
)
SNAPSHOT: dict[str, Any] = {
    "hook": ["true"],
    "snapshot": ["python3", "-c", COPY],
    "watch_seconds": 1,
    "drain_seconds": 1,
}


@pytest.fixture
def untouched(target: Target) -> Iterator[Target]:
    """Yield the app's host; afterwards what root owns elsewhere is byte for byte what it was, with owner and mode."""
    folders = f"mkdir -p {VICTIM} && cd {VICTIM} && mkdir -p 1 2 3 4 5"
    make = f"{folders} && echo root > file && chmod 640 file && chmod 751 ."
    target.host.exec(["sh", "-c", make], check=True)
    before = victims(target)
    yield target
    assert victims(target) == before


def victims(target: Target) -> str:
    """Return names, owners, modes and hashes of what a link could lead to."""
    script = (
        f"find {VICTIM} /etc /etc/slipway /root -maxdepth 1 -printf '%p %y %m %U %G\\n' | sort;"
        f" sha256sum /etc/shadow /etc/passwd {VICTIM}/file; stat -c '%n %a %u %g' /var/lib /var/lib/docker /run"
    )
    return target.host.exec(["sh", "-c", script], check=True).stdout


@contextmanager
def swapping_app(target: Target, app: str = "tiny") -> Iterator[None]:
    """Let a container with an app's user and data, and no more, swap names in it while the block runs."""
    image = target.docker("inspect", "--format", "{{.Image}}", target.running()[0]).strip()
    rights = ["--user", "10001:10001", "--cap-drop", "ALL", "--network", "none", "--memory", "64m"]
    mount = ["--volume", f"{APPS}/{app}/data:/data", "--entrypoint", "python3", image]
    target.docker("run", "-d", "--rm", "--name", "swapper", *rights, *mount, "-c", SWAPS, "/data", VICTIM, *IN_DATA)
    try:
        yield
        assert target.docker("inspect", "--format", "{{.State.Running}}", "swapper").strip() == "true"
    finally:
        target.docker("rm", "--force", "swapper")


@contextmanager
def swapping_caddy(target: Target) -> Iterator[None]:
    """Let a process of Caddy's user swap its logs and sockets while the block runs."""
    target.host.put({"/opt/swaps.py": SWAPS})
    for unit, folder, victim, name in (
        ("swap-log", "/var/log/caddy", "/etc/shadow", "tiny.log"),
        ("swap-socket", "/run/caddy", "/run/docker.sock", "admin.sock"),
    ):
        command = ["systemd-run", f"--unit={unit}", "--uid=caddy", "python3", "/opt/swaps.py", folder, victim, name]
        target.host.exec(command, check=True)
    try:
        yield
        target.host.exec(["systemctl", "is-active", "swap-log", "swap-socket"], check=True)
    finally:
        end = "systemctl stop swap-log swap-socket; rm -rf /var/log/caddy/tiny.log* /run/caddy/admin.sock*"
        target.host.exec(["sh", "-c", f"{end}; systemctl restart caddy"], check=True)


def every_verb(target: Target) -> list[Answer]:
    """Return the answers of all verbs of the release engine; the deploys make snapshots, watch and drain."""
    order = target.order(drain_seconds=1)
    answers = [target.deploy(**SNAPSHOT) for _ in range(2)]
    verbs = ("rolled_back", "status", "logs", "maintenance", "normal")
    return answers + [target.drive(order | {"state": state}) for state in verbs]


def refused(answers: list[Answer]) -> list[str]:
    """Return what did not succeed, warned, or took too long."""
    odd = [str(answer) for answer in answers if answer.get("failed") or answer["took_s"] > LONGEST_S]
    return odd + [said for answer in answers for said in answer.get("said", []) if "warning" in said]


def test_a_link_where_earlier_versions_had_their_snapshots_leads_root_nowhere(untouched: Target) -> None:
    old = f"{APPS}/tiny/data/.snapshots"
    untouched.host.exec(["sh", "-c", f"rm -rf {old} && ln -s {VICTIM} {old}"], check=True)
    assert refused([untouched.deploy(**SNAPSHOT)]) == []


# O-13
def test_what_an_app_leaves_in_its_data_moves_root_nowhere(untouched: Target) -> None:
    with swapping_app(untouched):
        assert refused([*every_verb(untouched), *every_verb(untouched)]) == []
    found = untouched.host.exec(["sh", "-c", f"cd {APPS}/tiny/snapshots; stat -c '%a %U' .; ls -A"], check=True)
    mode, *kept = found.stdout.splitlines()
    assert (mode, len(kept)) == ("700 root", 3), "pruned, deep folders included, and nothing unfinished"


def test_what_an_app_leaves_in_its_mirror_moves_root_nowhere(untouched: Target) -> None:
    mirrored = SNAPSHOT | {"mirror": ["python3", "-c", MIRROR], "snapshot": []}
    assert refused([untouched.deploy(**mirrored) for _ in range(2)]) == []
    found = untouched.host.exec(
        ["sh", "-c", f"cd {APPS}/tiny; stat -c '%a %u' mirror; ls snapshots/*/data/link"], check=True
    )
    assert found.stdout.startswith("700 10001\n")
    assert untouched.host.exec(["readlink", f"{APPS}/tiny/mirror/link"], check=True).stdout.strip() == VICTIM


def test_what_caddy_leaves_in_its_folders_moves_root_nowhere(untouched: Target) -> None:
    with swapping_caddy(untouched):
        assert refused(every_verb(untouched)) == []
        untouched.rig.play(REPORT, inventories=()).check()


def test_a_review_app_is_retired_whatever_it_left(untouched: Target) -> None:
    order = untouched.order(name="visitor", domains=["visitor.test"]) | {"front": None}
    assert not untouched.drive(order).get("failed")
    with swapping_app(untouched, "visitor"):
        untouched.host.exec(["sleep", "0.2"])
    deep = f"{COPY.replace('sys.argv[1]', repr('/data/deep'))}"
    untouched.docker("exec", untouched.running("visitor")[0], "python3", "-c", deep)
    untouched.host.put({f"{APPS}/visitor/review": ""})
    assert refused([untouched.drive(order | {"state": "retired"})]) == []
    assert untouched.host.exec(["test", "-e", f"{APPS}/visitor"]).returncode == 1


def test_a_snapshot_that_is_a_link_is_none(untouched: Target) -> None:
    before = untouched.live()
    link = f"import os, sys; os.symlink('{VICTIM}', sys.argv[1])"
    answer = untouched.deploy(hook=["true"], snapshot=["python3", "-c", link])
    assert answer["code"] == "hook"
    assert "made neither a folder nor a file at /slipway-snapshot/data" in answer["msg"]
    assert untouched.live() == before
    assert untouched.host.exec(["ls", "-A", f"{APPS}/tiny/snapshots"]).stdout.count("unfinished") == 0
