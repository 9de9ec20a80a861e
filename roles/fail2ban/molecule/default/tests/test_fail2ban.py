"""What role fail2ban promises: who guesses is shut out, and let in again."""

from __future__ import annotations

import json
import time
from ipaddress import ip_network

from testinfra.host import Host

from slipway.rig import Rig
from slipway.rig.visitor import Visitor

LOG = "/var/log/caddy/shop.log"
REFUSALS = 12
"""That `converge.yml` sets; more than a handful of lines would take long to append."""


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


def kept_from_the_web(host: Host) -> bool:
    """Tell whether rules keep the banned from ports 80 and 443, by TCP and UDP, and from nothing else."""
    rules = host.run_expect([0], "nft list table inet f2b-table").stdout.splitlines()
    ours = [rule.split(" ip6 ")[0].strip() for rule in rules if "@addr6-set-slipway-login" in rule]
    return ours == ["tcp dport { 80, 443 }", "udp dport { 80, 443 }"]


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
    log(host, *[attempt(address, 429)] * REFUSALS)
    wait_for_ban(host, address)
    assert visitor.curl(url, "--max-time", "3").returncode != 0
    door = f"exec 3<>/dev/tcp/{rig.host('web1').address}/22; head -c 3 <&3"
    assert visitor.exec(["timeout", "5", "bash", "-c", door]).stdout == "SSH"
    host.run_expect([0], f"fail2ban-client unban {address}")
    assert visitor.curl(url).returncode == 0


def test_who_changes_addresses_within_a_network_of_64_bits_is_shut_out(host: Host, rig: Rig, visitor: Visitor) -> None:
    listen(host)
    url = f"http://[{rig.host('web1').address6}]/"
    network = str(ip_network(f"{visitor.address6}/64", strict=False))
    beside = network.removesuffix("::/64")
    log(host, *[attempt(f"{beside}::beef:{number:x}", 429) for number in range(1, REFUSALS + 1)])
    wait_for_ban(host, network)
    assert visitor.curl(url, "--max-time", "3").returncode != 0
    assert kept_from_the_web(host)
    answers = "timeout 30 sh -c 'until fail2ban-client ping; do sleep 0.5; done'"
    host.run_expect([0], f"systemctl restart fail2ban; {answers}")
    wait_for_ban(host, network)
    assert visitor.curl(url, "--max-time", "3").returncode != 0
    assert kept_from_the_web(host)
    host.run_expect([0], f"fail2ban-client unban {network}")
    assert visitor.curl(url).returncode == 0


def test_only_failures_count_and_nobody_writes_another_into_the_log(host: Host) -> None:
    forged = '","client_ip":"198.51.100.9","method":"POST","uri":"/login","status":429,"x":"'
    log(host, *[attempt("198.51.100.8", 200)] * 9, *[attempt("198.51.100.8", 429, uri="/search")] * 9)
    log(host, *[attempt("198.51.100.11", 401)] * 99)
    log(host, *[attempt("198.51.100.10", 429, agent=forged)] * REFUSALS)
    wait_for_ban(host, "198.51.100.10")
    assert not {"198.51.100.8", "198.51.100.9", "198.51.100.11"} & banned(host)
