from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release import routes
from ansible_collections.slipway.kit.plugins.module_utils.release.process import SLOTS, Process
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import complete
from tests.templates.rendering import ROOT, render
from tests.templates.site import App, Site, app

PAGES = sorted((ROOT / "caddy/pages").glob("*.html"))
# "secret", at the lowest cost.
ACCESS = {
    "basic_auth": {"alice": "$2a$04$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"},
    "networks": ["203.0.113.0/24", "2001:db8::/32"],
}
SINGLE = app("single", overlap=False, redirects=["old.example.com"], access=ACCESS)
ALL_EXPOSURES = [app(exposure, exposure) for exposure in ("public", "lan", "private", "tunnel")]


@pytest.mark.parametrize(
    "apps",
    [
        [],
        [app()],
        ALL_EXPOSURES,
        [app(overlap=False)],
        [app(domains=["example.com", "www.example.com", "localhost"])],
        [app(redirects=["www.example.com", "example.net"])],
        [app(access=ACCESS), app("b", overlap=False, access=ACCESS)],
        [app("a"), app("b", overlap=False, max_body_mib=102400, hold_seconds=300)],
    ],
    ids=["no app", "one app", "all exposures", "never two slots", "several names", "redirects", "access", "extremes"],
)
def test_caddy_accepts_what_is_rendered(rendered: Callable[..., Site], apps: list[App]) -> None:
    assert "Valid configuration" in rendered(*apps).run("validate").stdout


@pytest.mark.parametrize(
    "inputs",
    [
        {"caddy_email": "ops@example.com"},
        {"caddy_acme_root": "root.pem"},
        {"caddy_hsts": ""},
        {"caddy_global_options": ["ocsp_stapling off", "renew_interval 30m"]},
    ],
    ids=str,
)
def test_caddy_accepts_every_input(rendered: Callable[..., Site], inputs: dict[str, object], tmp_path: Path) -> None:
    # Any certificate will do to be parsed.
    bundle = Path("/etc/ssl/certs/ca-certificates.crt").read_text()
    (tmp_path / "acme-root.pem").write_text(bundle[: bundle.index("-----END") + 25] + "\n")
    assert "Valid configuration" in rendered(app(), **inputs).run("validate").stdout


def test_the_rendered_files_are_formatted_as_caddy_formats_them(rendered: Callable[..., Site]) -> None:
    site = rendered(*ALL_EXPOSURES, app("guarded", access=ACCESS), SINGLE)
    for path in [site.folder / "Caddyfile", site.folder / "answers.caddy", *(site.folder / "sites").iterdir()]:
        done = subprocess.run([site.caddy, "fmt", "--diff", path], check=False, capture_output=True, text=True)
        changed = [line for line in done.stdout.splitlines() if line.startswith(("+", "-"))]
        assert changed == [], path.name


def test_a_name_that_only_leads_to_the_app_does_so_in_one_step(rendered: Callable[..., Site]) -> None:
    listening = servers(rendered(app(redirects=["www.example.com"]))).values()
    routes = [route for server in listening for route in cast("list[dict[str, object]]", server.get("routes", []))]
    texts = [json.dumps(route) for route in routes if "www.example.com" in json.dumps(route.get("match", ""))]
    assert len(texts) == 2, "over HTTP and over HTTPS"
    for text in texts:
        assert '"Location": ["https://shop.example.com{http.request.uri}"]' in text
        assert '"status_code": 308' in text
        assert "reverse_proxy" not in text


def test_a_site_bears_the_routes_that_releases_brought_beside_its_own(rendered: Callable[..., Site]) -> None:
    declared = app(processes={"pages": {"image": "pages@sha256:0", "port": 9000, "path": "/pages"}})
    site, [whole] = rendered(declared), complete([declared])
    processes = [Process.parse(each) for each in cast("list[object]", whole["containers"])]
    (site.folder / "routes").mkdir()
    for slot in SLOTS:
        brought = routes.text(slot, processes, Path(str(whole["live_dir"])))
        (site.folder / f"routes/shop.{slot}.caddy").write_text(brought)
        assert f"@{slot}_pages" in brought
    site.run("validate")


def servers(site: Site) -> dict[str, dict[str, object]]:
    http = cast("dict[str, dict[str, dict[str, object]]]", site.adapted()["apps"])["http"]
    return cast("dict[str, dict[str, object]]", http["servers"])


def test_only_inherited_sockets_are_listened_on(rendered: Callable[..., Site]) -> None:
    listened = [
        tuple(cast("list[str]", server.get("listen", []))) for server in servers(rendered(*ALL_EXPOSURES)).values()
    ]
    assert sorted({address for group in listened for address in group}) == ["fd/3", "fd/4", "fdgram/5"]


# T-10
def test_every_server_has_time_and_size_limits(rendered: Callable[..., Site]) -> None:
    for server in servers(rendered(app())).values():
        assert server["read_header_timeout"] == 10 * 10**9
        assert server["read_timeout"] == 120 * 10**9
        assert server["idle_timeout"] == 120 * 10**9
        assert server["max_header_bytes"] == 32 * 1024
        assert server["strict_sni_host"] is True


# T-06
def test_the_admin_api_is_on_a_unix_socket(rendered: Callable[..., Site]) -> None:
    assert rendered(app()).adapted()["admin"] == {
        "listen": "unix//run/caddy/admin.sock|0600",
        "config": {"persist": False},
    }


# T-01
def test_certificates_come_from_lets_encrypt_unless_said_otherwise(rendered: Callable[..., Site]) -> None:
    text = json.dumps(rendered(app()).adapted())
    assert re.findall(r'"ca": "([^"]+)"', text) == ["https://acme-v02.api.letsencrypt.org/directory"]
    assert "trusted_roots_pem_files" not in text


# T-12
def test_no_certificate_is_asked_for_on_demand(rendered: Callable[..., Site]) -> None:
    assert "on_demand" not in json.dumps(rendered(*ALL_EXPOSURES).adapted())


# T-11
@pytest.mark.parametrize(("exposure", "trusts"), [("public", False), ("lan", False), ("tunnel", True)])
def test_only_the_near_end_of_a_tunnel_is_trusted(rendered: Callable[..., Site], exposure: str, trusts: bool) -> None:
    for server in servers(rendered(app(exposure=exposure))).values():
        trusted = {"ranges": ["127.0.0.0/8", "::1/128"], "source": "static"} if trusts else None
        assert server.get("trusted_proxies") == trusted


@pytest.mark.parametrize(
    ("exposure", "own", "sts", "ranges"),
    [
        ("public", False, True, None),
        ("tunnel", True, True, ["127.0.0.0/8", "::1"]),
        ("private", True, False, ["127.0.0.0/8", "::1"]),
        (
            "lan",
            True,
            False,
            ["192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8", "127.0.0.1/8", "fd00::/8", "::1", "fe80::/10"],
        ),
    ],
)
def test_an_exposure_decides_certificate_memory_and_clients(
    rendered: Callable[..., Site], exposure: str, own: bool, sts: bool, ranges: list[str] | None
) -> None:
    text = json.dumps(rendered(app(exposure=exposure)).adapted())
    assert ('"module": "internal"' in text) is own
    assert ("Strict-Transport-Security" in text) is sts
    guards = [json.loads(found) for found in re.findall(r'"remote_ip": \{"ranges": (\[[^]]+\])', text)]
    # Both at the redirect and at the site.
    assert guards == ([ranges, ranges] if ranges else [])


@pytest.mark.parametrize(
    ("exposures", "address"),
    [
        (["public"], ""),
        (["lan", "tunnel"], ""),
        (["tunnel"], "127.0.0.1:"),
        (["private"], "127.0.0.1:"),
        ([], "127.0.0.1:"),
    ],
    ids=str,
)
def test_nothing_listens_outside_where_nobody_is_meant_to_come_in(exposures: list[str], address: str) -> None:
    apps = [app(exposure, exposure) for exposure in exposures]
    unit = render("caddy", "caddy.socket.j2", __caddy_apps=complete(apps))
    assert re.findall(r"^Listen.*$", unit, re.MULTILINE) == [
        f"ListenStream={address}80",
        f"ListenStream={address}443",
        f"ListenDatagram={address}443",
    ]


def test_the_switch_is_asked_of_the_disk(rendered: Callable[..., Site]) -> None:
    site = (rendered(app(loopback_port=21000)).folder / "sites/shop.caddy").read_text()
    assert "root /var/lib/slipway/apps/shop/live\n\t\ttry_files /green" in site
    blue, green = "127.0.0.1:21000", "127.0.0.1:21001"
    assert re.findall(r"import slot (\S+) 3", site) == [green, blue, "127.0.0.1:{live_port}"], (
        "what is live, as soon as that can be read"
    )


# T-11
def test_the_app_gets_one_client_address_and_our_request_id(rendered: Callable[..., Site]) -> None:
    folder = rendered(app()).folder
    site, answers = ((folder / name).read_text() for name in ("sites/shop.caddy", "answers.caddy"))
    assert not re.search(r"^\s*reverse_proxy", site, re.MULTILINE), "slots are asked by the one snippet only"
    assert answers.count("header_up X-Forwarded-For {client_ip}") == 1
    assert answers.count("header_up X-Request-Id {http.request.uuid}") == 1
    assert "log_append request_id {http.request.uuid}" in site


def test_slots_that_never_overlap_are_found_by_a_file_at_every_try(rendered: Callable[..., Site]) -> None:
    site = (rendered(app(loopback_port=21000, overlap=False, hold_seconds=17)).folder / "sites/shop.caddy").read_text()
    assert re.findall(r"import slot (.+)", site) == ["127.0.0.1:{live_port} 17"]
    assert "try_files /green" not in site


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_an_error_page_needs_nothing_else(page: Path) -> None:
    assert len(PAGES) == 2
    text = page.read_text()
    assert not re.search(r"<script|<link|src=|https?://|\son\w+=|style=", text)
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in (ROOT / "roles/caddy/vars/main.yml").read_text()
