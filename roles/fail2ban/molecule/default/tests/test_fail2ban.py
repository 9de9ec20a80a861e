"""What role fail2ban promises: who guesses is shut out, and let in again."""

from __future__ import annotations

import json
import time
from ipaddress import ip_network

from testinfra.host import Host

from slipway.rig import Rig
from slipway.rig.visitor import Visitor

LOG = "/var/log/caddy/shop.log"


def attempt(address: str, status: int, uri: str = "/login", agent: str = "test") -> str:
    """Return a line of Caddy's access log."""
    who: dict[str, object] = {"remote_ip": address, "remote_port": "5", "client_ip": address}
    request = {
        **who,
        "proto": "HTTP/3.0",
        "method": "POST",
        "host": "app.test",
        "uri": uri,
        "headers": {"User-Agent": [agent]},
    }
    line = {"level": "info", "ts": time.time(), "logger": "http.log.access.shop", "msg": "handled request"}
    return json.dumps({**line, "request": request, "duration": 0.1, "size": 3, "status": status}, separators=(",", ":"))


def log(host: Host, *lines: str) -> None:
    """Append lines to the log of the app."""
    for line in lines:
        host.run_expect([0], f"printf '%s\\n' '{line}' >> {LOG}")


def banned(host: Host) -> set[str]:
    """Return the addresses that the app's jail shuts out."""
    return set(host.run_expect([0], "fail2ban-client get slipway-login banip").stdout.split())


def listen(host: Host) -> None:
    """Have somebody answer on port 80."""
    listener = "systemd-run --unit=listener --collect python3 -m http.server --bind :: 80"
    host.run_expect([0], f"systemctl is-active listener || {listener}")


def wait_for_ban(host: Host, address: str) -> None:
    """Wait until an address is shut out; the log is polled every second."""
    for _ in range(30):
        if address in banned(host):
            return
        time.sleep(1)
    raise AssertionError(host.run("journalctl -u fail2ban --no-pager -n 40").stdout)


def test_both_doors_are_watched(host: Host) -> None:
    status = host.run_expect([0], "fail2ban-client status").stdout
    assert "slipway-login" in status
    assert "sshd" in status


def test_who_guesses_passwords_of_the_app_is_shut_out_and_let_in_again(host: Host, rig: Rig, visitor: Visitor) -> None:
    listen(host)
    url = f"http://{rig.host('web1').address}/"
    listening = visitor.curl(url, "--retry", "30", "--retry-connrefused", "--retry-delay", "1", "--max-time", "60")
    assert listening.returncode == 0, listening.stderr
    address = visitor.address
    log(host, *[attempt(address, 401)] * 5)
    wait_for_ban(host, address)
    assert visitor.curl(url, "--max-time", "3").returncode != 0
    host.run_expect([0], f"fail2ban-client unban {address}")
    assert visitor.curl(url).returncode == 0


def test_who_changes_addresses_within_a_network_of_64_bits_is_shut_out(host: Host, rig: Rig, visitor: Visitor) -> None:
    listen(host)
    url = f"http://[{rig.host('web1').address6}]/"
    network = str(ip_network(f"{visitor.address6}/64", strict=False))
    beside = network.removesuffix("::/64")
    log(host, *[attempt(f"{beside}::beef:{number:x}", 401) for number in range(1, 6)])
    wait_for_ban(host, network)
    assert visitor.curl(url, "--max-time", "3").returncode != 0
    assert "meta l4proto { tcp, udp }" in host.run_expect([0], "nft list table inet f2b-table").stdout
    answers = "timeout 30 sh -c 'until fail2ban-client ping; do sleep 0.5; done'"
    host.run_expect([0], f"systemctl restart fail2ban; {answers}")
    wait_for_ban(host, network)
    assert visitor.curl(url, "--max-time", "3").returncode != 0
    assert "meta l4proto { tcp, udp }" in host.run_expect([0], "nft list table inet f2b-table").stdout
    host.run_expect([0], f"fail2ban-client unban {network}")
    assert visitor.curl(url).returncode == 0


def test_only_failures_count_and_nobody_writes_another_into_the_log(host: Host) -> None:
    forged = '","client_ip":"198.51.100.9","method":"POST","uri":"/login","status":401,"x":"'
    log(host, *[attempt("198.51.100.8", 200)] * 9, *[attempt("198.51.100.8", 401, uri="/search")] * 9)
    log(host, *[attempt("198.51.100.10", 401, agent=forged)] * 5)
    wait_for_ban(host, "198.51.100.10")
    assert not {"198.51.100.8", "198.51.100.9"} & banned(host)
