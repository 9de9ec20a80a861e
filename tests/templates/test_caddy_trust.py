"""What root has to do with Caddy's own folders: it acts there as Caddy's user, and believes a certificate only."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.policy.conftest import ROOT, tracked

from .rendering import render

FORM = yaml.safe_load((ROOT / "roles/caddy/vars/main.yml").read_text())["__caddy_certificate"]
ONE = "-----BEGIN CERTIFICATE-----\nMIIBpDCCAUqgAwIBAgIRAJ\nab+/cd==\n-----END CERTIFICATE-----"


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (ONE, True),
        (f"{ONE}\n{ONE}", False),
        (f"root:x:0:0::/root:/bin/sh\n{ONE}", False),
        (f"{ONE}\nroot:x:0:0::/root:/bin/sh", False),
        (ONE.replace("CERTIFICATE", "EC PRIVATE KEY"), False),
        (ONE.replace("MII", "MII root:$6$x"), False),
        (ONE.replace("\nMIIBpDCCAUqgAwIBAgIRAJ\nab+/cd==", ""), False),
        (ONE.removesuffix("-"), False),
        ("", False),
    ],
)
def test_only_one_certificate_and_nothing_else_is_shown_as_the_root(text: str, good: bool) -> None:
    assert bool(re.match(FORM, text)) == good


def test_no_command_of_the_unit_runs_as_root_in_the_folders_of_caddy() -> None:
    unit = render("caddy", "caddy.service.j2", slipway_apps=[])
    unbound = re.findall(r"^Exec\w+=-?[+!]+(.*)$", unit, re.MULTILINE)
    as_caddy = "/usr/bin/setpriv --reuid=caddy --regid=caddy --clear-groups --no-new-privs -- "
    as_root = [command for command in unbound if not command.startswith(as_caddy)]
    # They name a unit or a table, and no path.
    assert [command.split()[0] for command in as_root] == ["/usr/sbin/nft", "/usr/sbin/nft", "/bin/systemctl"]
    assert [word for command in as_root for word in command.split()[1:] if word.startswith("/")] == []
    assert len(unbound) == 4


def test_nothing_but_role_caddy_reads_what_caddy_keeps() -> None:
    ours = tracked("roles/*/tasks/*", "roles/*/vars/*", "roles/*/templates/*", "plugins/*.py")
    found = {str(path.relative_to(ROOT)) for path in ours if "/var/lib/caddy" in path.read_text()}
    # The audit compares containers' mounts with the name, and opens nothing there.
    found -= {"plugins/plugin_utils/audit/places.py"}
    # Copies of it hold links as links, and what comes back is Caddy's before it takes its place.
    found -= {"plugins/module_utils/backup/config.py"}
    assert found == {"roles/caddy/vars/main.yml"}, "others trust /etc/caddy/local-root.crt, which is root's"
