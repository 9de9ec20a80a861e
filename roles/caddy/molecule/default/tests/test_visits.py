"""What visitors get."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import pytest
from testinfra.host import Host

from slipway.rig.visitor import Visitor

LIVE = "/var/lib/slipway/apps"
PROMISED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str

    @property
    def told(self) -> dict[str, object]:
        return json.loads(self.body)


def visit(visitor: Visitor, url: str, *args: str) -> Answer:
    done = visitor.curl(url, "--include", "--silent", "--suppress-connect-headers", *args)
    assert done.returncode == 0, done.stderr
    head, _, body = done.stdout.replace("\r\n", "\n").partition("\n\n")
    first, *lines = head.splitlines()
    headers: dict[str, str] = {}
    for name, _, value in (line.partition(": ") for line in lines):
        assert name.lower() not in headers, f"{name} twice"
        headers[name.lower()] = value
    return Answer(int(first.split()[1]), headers, body)


@pytest.fixture
def live(host: Host):
    """Set and clear the marker files of an app; everything is cleared afterwards."""
    marked = []

    def mark(app: str, name: str) -> None:
        marked.append(f"{LIVE}/{app}/live/{name}")
        host.check_output("touch %s", marked[-1])

    yield mark
    for path in marked:
        host.check_output("rm -f %s", path)


# T-01
def test_the_certificate_comes_from_the_authority_and_is_trusted(visitor: Visitor) -> None:
    assert visit(visitor, "https://app.test/").status == 200


@pytest.mark.parametrize("version", ["--http1.1", "--http2", "--http3-only"])
def test_every_version_of_http_is_served(visitor: Visitor, version: str) -> None:
    assert visit(visitor, "https://app.test/", version).status == 200


# T-02
@pytest.mark.parametrize(
    ("options", "answered"),
    [
        (["-tls1_3"], True),
        (["-tls1_3", "-groups", "X25519MLKEM768"], True),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], True),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"], True),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"], True),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA"], False),
        (["-tls1_2", "-cipher", "kRSA:kDHE"], False),
        (["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], False),
        (["-tls1", "-cipher", "DEFAULT@SECLEVEL=0"], False),
    ],
    ids=str,
)
def test_only_modern_tls_is_spoken(visitor: Visitor, options: list[str], answered: bool) -> None:
    asked = ["-connect", "app.test:443", "-servername", "app.test", "-verify_return_error", "-brief"]
    words = " ".join(
        f"'{word}'" for word in ["openssl", "s_client", *asked, "-CAfile", "/etc/slipway/root.pem", *options]
    )
    done = visitor.exec(["sh", "-c", f"{words} < /dev/null"])
    assert ("CONNECTION ESTABLISHED" in done.stderr) is answered, done.stderr


# T-03
def test_plain_http_is_sent_to_https(visitor: Visitor) -> None:
    answer = visit(visitor, "http://app.test/a?b=c")
    assert (answer.status, answer.headers["location"]) == (308, "https://app.test/a?b=c")


# T-04, T-05
@pytest.mark.parametrize("status", [200, 404, 500])
def test_headers_are_on_every_answer_of_the_app(visitor: Visitor, status: int) -> None:
    answer = visit(visitor, f"https://app.test/{status}")
    assert answer.status == status
    assert answer.headers.items() >= PROMISED.items()
    assert answer.headers["content-security-policy"] == "object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
    assert not {"server", "via", "x-powered-by"} & answer.headers.keys()


def test_a_policy_of_the_app_is_kept_and_the_other_headers_stay(visitor: Visitor) -> None:
    answer = visit(visitor, "https://app.test/strict")
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert answer.headers.items() >= PROMISED.items()


# T-04, T-05
def test_headers_are_on_answers_of_caddy_itself(visitor: Visitor, host: Host) -> None:
    host.check_output("systemctl stop slot@21000.service")
    answer = visit(visitor, "https://app.test/")
    host.check_output("systemctl start slot@21000.service")
    assert answer.status == 502
    assert answer.headers.items() >= PROMISED.items()
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "Back in a moment" in answer.body
    assert "server" not in answer.headers
    assert answer.headers["x-release"] == "blue-release"


# T-03
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_unknown_host_never_reaches_an_app(visitor: Visitor, scheme: str) -> None:
    answer = visit(visitor, f"{scheme}://app.test/", "-H", "Host: nobody.test")
    assert answer.status == {"http": 404, "https": 421}[scheme]
    assert "port" not in answer.body


# T-03
def test_an_unknown_name_gets_no_certificate(visitor: Visitor) -> None:
    done = visitor.curl("https://nobody.test/", "--connect-to", "nobody.test:443:app.test:443")
    assert done.returncode == 35, done.stderr


# T-11
def test_the_app_sees_the_visitor_not_what_the_visitor_claims(visitor: Visitor) -> None:
    told = visit(visitor, "https://app.test/", "-H", "X-Forwarded-For: 6.6.6.6", "-H", "X-Forwarded-Proto: http").told
    assert "6.6.6.6" not in str(told)
    assert "mine" not in str(visit(visitor, "https://app.test/", "-H", "X-Request-Id: mine").told)
    assert "," not in str(told["X-Forwarded-For"])
    assert told["X-Forwarded-Proto"] == "https"
    assert told["Host"] == "app.test"


# T-10
def test_a_body_over_the_limit_is_refused(visitor: Visitor) -> None:
    small = "head -c 1000000 /dev/zero | curl -s -o /dev/null -w '%{http_code}' --data-binary @- https://app.test/"
    assert visitor.exec(["sh", "-c", small]).stdout == "200"
    assert visitor.exec(["sh", "-c", small.replace("1000000", "1100000")]).stdout == "413"


# T-12
@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
def test_methods_that_no_app_needs_are_refused(visitor: Visitor, method: str) -> None:
    assert visit(visitor, "https://app.test/", "--http1.1", "-X", method).status in {400, 404, 405}


def test_answers_are_compressed_for_those_who_can(visitor: Visitor) -> None:
    long = ("-H", "X-Long: " + "a" * 2000)
    assert visit(visitor, "https://app.test/", *long).headers.get("content-encoding") is None
    for coding in ("zstd", "gzip"):
        done = visitor.curl(
            "https://app.test/", "-s", "-o", "/dev/null", "-D", "-", "-H", f"Accept-Encoding: {coding}", *long
        )
        assert f"content-encoding: {coding}" in done.stdout


def test_the_lan_site_is_there_for_private_addresses(visitor: Visitor, host: Host) -> None:
    visitor.put({"/tmp/local-root.crt": host.file("/etc/caddy/local-root.crt").content_string})
    assert visit(visitor, "https://lan.test/", "--cacert", "/tmp/local-root.crt").told["port"] == 21004


def test_the_private_site_is_there_for_the_host_only(visitor: Visitor, host: Host) -> None:
    outside = visit(visitor, "https://desk.test/", "--insecure", "--connect-to", "desk.test:443:app.test:443")
    assert outside.status == 403
    script = """
import http.client, socket, ssl
connection = http.client.HTTPSConnection("desk.test", context=ssl._create_unverified_context())
connection.sock = connection._context.wrap_socket(
    socket.create_connection(("127.0.0.1", 443)), server_hostname="desk.test"
)
connection.request("GET", "/")
print(connection.getresponse().status)
"""
    assert host.check_output("python3 -c %s", script) == "200"


def test_the_live_slot_answers_and_names_its_release(visitor: Visitor, live) -> None:
    blue = visit(visitor, "https://app.test/")
    live("shop", "green")
    green = visit(visitor, "https://app.test/")
    assert (blue.told["port"], blue.headers["x-release"]) == (21000, "blue-release")
    assert (green.told["port"], green.headers["x-release"]) == (21001, "green-release")


# The watch of a release believes these two (plugins/module_utils/release/visitors.py).
@pytest.mark.parametrize(
    ("name", "site", "port"), [("shop", "app.test", 21000), ("single", "single.test", 21002)], ids=["slots", "one slot"]
)
def test_the_log_tells_which_slot_answered_and_what(
    visitor: Visitor, host: Host, name: str, site: str, port: int
) -> None:
    for status in (200, 500):
        visit(visitor, f"https://{site}/{status}")
        last = json.loads(host.check_output("tail -n 1 /var/log/caddy/%s.log", name))
        assert (last["upstream"], last["upstream_status"]) == (f"127.0.0.1:{port}", status)


def test_maintenance_is_one_file(visitor: Visitor, host: Host, live) -> None:
    live("shop", "maintenance")
    answer = visit(visitor, "https://app.test/", "-d", "a=b")
    assert answer.status == 503
    assert answer.headers["retry-after"] == "120"
    assert answer.headers["x-release"] == "blue-release"
    assert "Down for maintenance" in answer.body
    assert visit(visitor, "https://single.test/").status == 200
    assert json.loads(host.check_output("tail -n 1 /var/log/caddy/shop.log"))["upstream_status"] is None


def test_requests_are_held_while_single_slots_change(visitor: Visitor, host: Host) -> None:
    port = f"{LIVE}/single/live/port"
    host.check_output("printf 1 > %s", port)
    swap = f"sleep 2; printf 21003 > {port}.next; mv {port}.next {port}"
    host.check_output("systemd-run --quiet sh -c %s", swap)
    began = time.monotonic()
    answer = visit(visitor, "https://single.test/", "-d", "a=b")
    waited = time.monotonic() - began
    host.check_output("printf 21002 > %s", port)
    assert (answer.told["port"], answer.told["body"], answer.headers["x-release"]) == (21003, 3, "green-release")
    assert waited > 0.5


def test_holding_has_an_end(visitor: Visitor, host: Host) -> None:
    port = f"{LIVE}/single/live/port"
    host.check_output("printf 1 > %s", port)
    began = time.monotonic()
    answer = visit(visitor, "https://single.test/")
    waited = time.monotonic() - began
    host.check_output("printf 21002 > %s", port)
    assert answer.status == 502
    assert 4 < waited < 10


# Before the first release is live too, and while Caddy leaves: whatever would lead to a slot asks first.
def test_a_password_is_asked_for_before_the_app_is(visitor: Visitor) -> None:
    asked = visit(visitor, "https://staging.test/x")
    assert (asked.status, asked.headers["www-authenticate"]) == (401, 'Basic realm="staging"')
    assert asked.headers["x-release"] == "blue-release", "so that a deploy sees which release asks"
    assert visit(visitor, "https://staging.test/x", "--user", "alice:wrong").status == 401
    assert visit(visitor, "https://staging.test/x", "--user", "alice:secret").told["port"] == 21008


def test_a_maintenance_page_is_not_shown_to_strangers(visitor: Visitor, live) -> None:
    live("staging", "maintenance")
    assert visit(visitor, "https://staging.test/").status == 401
    assert visit(visitor, "https://staging.test/", "--user", "alice:secret").status == 503


def test_only_declared_networks_and_the_host_itself_get_in(visitor: Visitor, host: Host) -> None:
    assert visit(visitor, "https://inner.test/").status == 403
    asked = "GET / HTTP/1.1\\r\\nHost: inner.test\\r\\nConnection: close\\r\\n\\r\\n"
    command = f"printf '{asked}' | openssl s_client -quiet -connect 127.0.0.1:443 -servername inner.test 2>/dev/null"
    assert host.run(command).stdout.startswith("HTTP/1.1 200 ")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_old_name_leads_to_the_first_one_in_one_step(visitor: Visitor, scheme: str) -> None:
    answer = visit(visitor, f"{scheme}://old.test/a?b=c")
    assert (answer.status, answer.headers["location"]) == (308, "https://staging.test/a?b=c")
