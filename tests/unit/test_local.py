from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.local import stack, trust
from slipway.local.app import choose
from slipway.local.place import Place
from slipway.local.ports import Ports, pick
from slipway.local.sources import Mount, mounts

ROOT = Path(__file__).resolve().parents[2]
RELOADER = ROOT / "compose" / "local" / "reload.py"


def taken(*ports: int) -> Callable[[int], bool]:
    return lambda port: port in ports


@pytest.mark.parametrize(
    ("others", "own", "picked"),
    [
        ((), (), Ports(80, 443)),
        ((443,), (), Ports(80, 8443)),
        ((80, 8080, 443, 8443), (), Ports(8081, 8444)),
        ((80, 443, 8080, 8443), (8080, 8443), Ports(8080, 8443)),
    ],
)
def test_taken_ports_are_left_to_others(others: tuple[int, ...], own: tuple[int, ...], picked: Ports) -> None:
    assert pick(taken(*others), own) == picked


def test_the_address_names_the_port_only_where_browsers_need_it() -> None:
    assert Ports(80, 443).url("shop.localhost") == "https://shop.localhost/"
    assert Ports(80, 8443).url("shop.localhost") == "https://shop.localhost:8443/"


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A build context with code in two folders and a third with wheels."""
    for name in ("src/shop/__init__.py", "templates/front.html", "wheelhouse/flask.whl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("FROM debian\nCOPY src /opt/app", {"src": "/opt/app"}),
        ("FROM debian\nWORKDIR /srv\nCOPY . .", {".": "/srv"}),
        ("FROM debian\nWORKDIR /srv\nWORKDIR app\nCOPY --chown=1:1 src/ code/", {"src": "/srv/app/code"}),
        ("FROM a AS build\nCOPY src /app\nFROM b\nCOPY --from=build /src /out", {"src": "/app"}),
        ('FROM debian\nCOPY ["templates", "/t"]', {"templates": "/t"}),
        ("FROM debian\nCOPY src \\\n  /opt/app\n# COPY templates /t", {"src": "/opt/app"}),
        ("FROM debian\nCOPY wheelhouse /wheelhouse\nCOPY requirements.txt /", {}),
        ("FROM debian\nCOPY $FOLDER /opt/app\nCOPY src/ templates/ /both/", {}),
    ],
)
def test_folders_that_are_edited_are_mounted_over_their_copies(
    context: Path, lines: str, found: dict[str, str]
) -> None:
    assert mounts(lines, context) == [Mount((context / source).resolve(), target) for source, target in found.items()]


def test_strongbox_shows_changes_of_its_source() -> None:
    dockerfile = (ROOT / "compose" / "strongbox" / "Dockerfile").read_text()
    assert mounts(dockerfile, ROOT / "app") == [Mount(ROOT / "app" / "src", "/opt/app")]


def test_an_app_in_a_folder_needs_little_more_than_a_name(tmp_path: Path) -> None:
    (tmp_path / "slipway.yml").write_text("name: shop\nport: 5000\n")
    chosen = choose(tmp_path, "demo", None)
    assert (chosen.domain, chosen.source) == ("shop.localhost", tmp_path)
    assert chosen.production["dockerfile"] == "Dockerfile"
    assert chosen.local()["slots"] == {"blue": {"port": 5000}, "green": {"port": 5000}}


def test_an_app_without_facts_is_refused_with_the_line_that_helps(tmp_path: Path) -> None:
    (tmp_path / "My_Shop").mkdir()
    with pytest.raises(RefusalError) as refused:
        choose(tmp_path / "My_Shop", "demo", None)
    assert refused.value.next.startswith(f"echo 'name: my-shop' > {tmp_path / 'My_Shop' / 'slipway.yml'}")


def test_a_misspelt_fact_is_refused_with_the_right_word(tmp_path: Path) -> None:
    (tmp_path / "slipway.yml").write_text("name: shop\nprot: 5000\n")
    with pytest.raises(RefusalError, match="did you mean `port`"):
        choose(tmp_path, "demo", None)


def test_an_inventory_that_declares_no_such_app_names_those_it_has() -> None:
    with pytest.raises(RefusalError, match="nothing; declared: strongbox"):
        choose(None, "demo", "nothing")


def test_secrets_are_made_once_and_stay(tmp_path: Path) -> None:
    (tmp_path / "slipway.yml").write_text("name: shop\nsecrets: [token]\n")
    place = Place(tmp_path / "state", "shop")
    place.make()
    stack.make_secrets(choose(tmp_path, "demo", None), place)
    first = (place.secrets / "token").read_text()
    stack.make_secrets(choose(tmp_path, "demo", None), place)
    assert (place.secrets / "token").read_text() == first
    assert (place.secrets / "token").stat().st_mode & 0o777 == 0o600


def test_trust_is_put_into_the_system_and_every_browser_and_taken_out_again(tmp_path: Path) -> None:
    profile = tmp_path / ".mozilla" / "firefox" / "abc.default"
    profile.mkdir(parents=True)
    (profile / "cert9.db").touch()
    system = (Path("/usr/local/share/ca-certificates"), ("update-ca-certificates",))
    found = trust.Stores(system, trust.stores(tmp_path).browsers)
    installed = [" ".join(step.command) for step in trust.install(tmp_path / "root.crt", found)]
    nss = f"sql:{tmp_path}/.pki/nssdb"
    add = f"-t C,, -n slipway-local-ca -i {tmp_path}/root.crt"
    assert installed == [
        f"install -m 644 {tmp_path}/root.crt /usr/local/share/ca-certificates/slipway-local-ca.crt",
        "update-ca-certificates",
        f"mkdir -p {tmp_path}/.pki/nssdb",
        f"certutil -N -d {nss} --empty-password",
        f"certutil -A -d {nss} {add}",
        f"certutil -A -d sql:{profile} {add}",
    ]
    assert [" ".join(step.command) for step in trust.remove(found)] == [
        "rm -f /usr/local/share/ca-certificates/slipway-local-ca.crt",
        "update-ca-certificates",
        f"certutil -D -d sql:{profile} -n slipway-local-ca",
    ]


def test_only_the_systems_store_is_written_as_root(tmp_path: Path) -> None:
    system = (Path("/etc/pki/ca-trust/source/anchors"), ("update-ca-trust",))
    steps = trust.install(tmp_path / "root.crt", trust.Stores(system, (tmp_path,)))
    assert {step.as_root for step in steps if step.purpose == "browsers"} == {False}
    assert {step.as_root for step in steps if step.purpose == "all programs"} == {True}


@contextmanager
def reloader(watched: Path, script: str) -> Iterator[subprocess.Popen[str]]:
    """Run a shell script under the reloader, which is gone afterwards."""
    watched.mkdir()
    command = [sys.executable, str(RELOADER), str(watched), "--", "sh", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def started(output: Path, count: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if output.exists() and output.read_text().count("start") >= count:
            return True
        time.sleep(0.05)
    return False


def test_the_command_starts_anew_when_a_file_changes_and_ends_with_the_reloader(tmp_path: Path) -> None:
    watched, output = tmp_path / "watched", tmp_path / "output"
    with reloader(watched, f'echo start >> {output}; exec sh -c "sleep 60; : {output}-marker"') as process:
        assert started(output, 1)
        (watched / "new.py").write_text("x = 1\n")
        assert started(output, 2)
    assert process.stdout
    assert process.wait(10) == 0
    assert subprocess.run(["pgrep", "-f", f"{output}-marker"], capture_output=True, check=False).stdout == b""


def test_a_command_that_failed_gets_another_chance_at_the_next_change(tmp_path: Path) -> None:
    watched, output = tmp_path / "watched", tmp_path / "output"
    with reloader(watched, f"echo start >> {output}; exit 1"):
        assert started(output, 1)
        (watched / "fixed.py").touch()
        assert started(output, 2)


def test_logs_of_the_app_never_steer_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    program = r"import sys; sys.stdout.buffer.write(b'app | \x1b]0;title\x07\xff\tone\r\n\xc2\x9b2Jtwo'); sys.exit(3)"
    monkeypatch.setattr(stack, "compose", lambda _: [sys.executable, "-c", program])
    monkeypatch.setattr(stack, "environment", lambda *_: dict(os.environ))
    assert stack.follow(Place(tmp_path, "shop"), ["logs"]) == 3
    assert capfd.readouterr().out == "app | \\x1b]0;title\\x07\ufffd\tone\n\\x9b2Jtwo\n"
