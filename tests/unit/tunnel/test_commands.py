"""What a laptop's tunnel runs, here and over there, word by word."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from slipway.tunnel import cloudflare_provider, screen, session, ssh_provider
from slipway.tunnel.options import Options
from slipway.tunnel.origin import Origin

PATIENCE_S = 30
OPTIONS = Options(8000, provider="ssh", host="me@edge.example.com", name="demo.example.com")


def test_a_quick_tunnel_reads_no_configuration_and_falls_back_by_itself() -> None:
    assert " ".join(cloudflare_provider.command(Path("/c"), Origin(8000), 9000)) == (
        "/c --config /dev/null --no-autoupdate tunnel --protocol http2 --metrics 127.0.0.1:9000 --retries 0"
        " --url http://127.0.0.1:8000"
    )


def test_an_app_of_make_local_is_asked_by_its_name_and_verified() -> None:
    line = " ".join(cloudflare_provider.command(Path("/c"), Origin(8443, "shop.localhost", "/ca.crt"), 9000))
    assert line.endswith(
        "--url https://127.0.0.1:8443 --http-host-header shop.localhost --origin-server-name shop.localhost"
        " --origin-ca-pool /ca.crt"
    )
    assert "no-tls-verify" not in line


def test_the_far_port_belongs_to_the_name() -> None:
    ports = {ssh_provider.port(Options(8000, provider="ssh", host="h", name=f"{n}.example.com")) for n in range(50)}
    assert len(ports) > 40
    assert all(ssh_provider.FIRST_PORT <= port < ssh_provider.FIRST_PORT + ssh_provider.PORTS for port in ports)


def test_the_connection_comes_out_on_loopback_and_ends_without_its_port() -> None:
    line = ssh_provider.command(OPTIONS, Origin(8000))
    assert line[-4:-1] == ["-R", f"127.0.0.1:{ssh_provider.port(OPTIONS)}:127.0.0.1:8000", "me@edge.example.com"]
    assert "ExitOnForwardFailure=yes" in line
    assert "StrictHostKeyChecking=n" not in " ".join(line)


def test_an_app_of_make_local_is_verified_from_over_there_too(tmp_path: Path) -> None:
    root = tmp_path / "root.crt"
    root.write_text("-----BEGIN CERTIFICATE-----\nc2xpcHdheQ==\n-----END CERTIFICATE-----\n")
    site = ssh_provider.site(OPTIONS, Origin(8443, "shop.localhost", str(root)))
    for line in ("header_up Host shop.localhost", "tls_server_name shop.localhost", "trust_der c2xpcHdheQ=="):
        assert f"\t{line}\n" in site
    assert f"reverse_proxy https://127.0.0.1:{ssh_provider.port(OPTIONS)} {{" in site
    assert "insecure" not in site


def test_what_is_opened_over_there_is_closed_again() -> None:
    assert "cat >/etc/caddy/conf.d/laptop-demo.example.com.caddy" in ssh_provider.open_script(OPTIONS, Origin(8000))
    closing = ssh_provider.close_script(OPTIONS)
    assert "rm -f /etc/caddy/conf.d/laptop-demo.example.com.caddy" in closing
    assert "rm -f /var/log/caddy/laptop-demo.example.com@*" in closing


def test_the_next_tunnel_of_a_name_has_a_log_of_its_own() -> None:
    sites = [ssh_provider.site(options, Origin(8000)) for options in (OPTIONS, replace(OPTIONS, run="next"))]
    logs = [log for site in sites for log in re.findall(r"access_log (\S+)", site)]
    assert logs == [f"laptop-demo.example.com@{OPTIONS.run}", "laptop-demo.example.com@next"]
    assert ssh_provider.command(OPTIONS, Origin(8000))[-1].count(f"/{logs[0]}.log") == 2


def test_requests_are_counted_but_for_those_of_the_command_itself() -> None:
    visits = session.Visits()
    for line in (b'{"user_agent":"curl/8.14"}', b'{"user_agent":"slipway"}', b'{"user_agent":"slipway/1"}'):
        visits.hear(line)
    assert visits.count == 2


@pytest.mark.parametrize(("metrics", "visits"), [("", 0), ("0", 0), ("1", 0), ("3", 2), ("1.000002e+06", 1_000_001)])
def test_a_quick_tunnel_counts_visitors_but_not_the_question_of_the_command(metrics: str, visits: int) -> None:
    text = f"# HELP cloudflared_tunnel_total_requests Amount\ncloudflared_tunnel_total_requests {metrics}\n"
    assert cloudflare_provider.visits(text if metrics else "") == visits


@pytest.mark.parametrize(
    ("said", "value", "way_out"),
    [
        (
            'ERR Error unmarshaling QuickTunnel response: error code: 1015 status_code="429 Too Many Requests"\nlast',
            'ERR Error unmarshaling QuickTunnel response: error code: 1015 status_code="429 Too Many Requests"',
            "Cloudflare may have had too many from here: wait some minutes, or take a host of your own, PROVIDER=ssh",
        ),
        ("first\nlast", "last", "run the command above by itself to see all that it says"),
        ("", "it said nothing", "run the command above by itself to see all that it says"),
    ],
)
def test_a_tunnel_that_does_not_come_up_says_why(said: str, value: str, way_out: str) -> None:
    line = session.Line(
        ["sh", "-c", 'printf "%s" "$1" >&2; exit 1', "sh", said], str, str, lambda _: False, lambda _: None
    )
    with pytest.raises(RefusalError) as refused:
        session.hold(line, "port 8000", screen.Screen(io.StringIO()))
    assert str(refused.value).splitlines()[:2] == ["refused: the tunnel did not come up", f"  value: {value}"]
    assert str(refused.value).endswith(f"  next:  {way_out}")


# Writes down what it is told to run over there, and stays where it is to hold a port.
SSH = """#!/bin/sh
case "$*" in
  *" -R "*) echo "hold $$" >> "$TOLD"; exec sleep 60 ;;
  *) grep -o 'cat >\\|rm -f /var/log' >> "$TOLD" ;;
esac
"""


@pytest.mark.parametrize("ending", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_hang_up_closes_what_a_machine_without_the_kit_opened(tmp_path: Path, ending: signal.Signals) -> None:
    (tmp_path / "ssh").write_text(SSH)
    (tmp_path / "ssh").chmod(0o755)
    told = tmp_path / "told"
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "TOLD": str(told)}
    with subprocess.Popen(["sh", "-c", ssh_provider.whole_script(OPTIONS, Origin(8000))], env=environment) as script:
        deadline = time.monotonic() + PATIENCE_S
        while "hold" not in (told.read_text() if told.exists() else ""):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        script.send_signal(ending)  # to the shell alone, as the kernel does when a terminal goes
        assert script.wait(PATIENCE_S) == 0
    opened, held, closed = told.read_text().splitlines()
    assert (opened, closed) == ("cat >", "rm -f /var/log")
    while Path("/proc", held.split()[1]).exists():  # until it is ended, and reaped by the first process
        assert time.monotonic() < deadline, held
        time.sleep(0.05)


def test_time_is_shown_as_a_clock_does() -> None:
    assert [screen.duration(seconds) for seconds in (0, 59.9, 61, 3661)] == ["0:00:00", "0:00:59", "0:01:01", "1:01:01"]


def test_a_file_gets_plain_lines_and_only_changes() -> None:
    out = io.StringIO()
    shown = screen.Screen(out)
    shown.show("https://demo.example.com/", "port 8000 of this machine")
    for state in ("1 connection, 0 requests", "1 connection, 0 requests", "1 connection, 1 request"):
        shown.live(state)
    assert out.getvalue().splitlines() == [
        "https://demo.example.com/  shows port 8000 of this machine. Ctrl-C closes it.",
        "1 connection, 0 requests",
        "1 connection, 1 request",
    ]


def test_a_phone_can_read_the_address() -> None:
    drawn = screen.code("https://demo.example.com/").splitlines()
    assert len(drawn) > 10
    assert len({len(line) for line in drawn}) == 1
