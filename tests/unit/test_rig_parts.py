"""The parts of the rig that need no engine."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path

import pytest
import yaml

from slipway.commands.rig import NamedHost
from slipway.rig import capabilities, images, keys, network
from slipway.rig.errors import RigError
from slipway.rig.ownership import PREFIX, Owner, is_leftover, machine_id
from slipway.rig.play import Played
from slipway.rig.state import State, forget_leftover

ROLES = Path(__file__).resolve().parents[2] / "roles"
ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""


def test_a_prepared_host_has_the_packages_that_the_roles_install_one_by_one() -> None:
    listed = [
        ("docker/defaults", "docker_packages"),
        ("fail2ban/vars", "__fail2ban_packages"),
        ("firewall/vars", "__firewall_packages"),
        ("baseline/vars", "__baseline_packages"),
        ("baseline/vars", "__baseline_update_packages"),
        ("baseline/vars", "__baseline_password_packages"),
        ("admin/vars", "__admin_packages"),
    ]
    wanted = {name for file, key in listed for name in yaml.safe_load((ROLES / file / "main.yml").read_text())[key]}
    built = {
        word for kind in ("host", "prepared") for word in (images.CONTEXTS / kind / "Dockerfile").read_text().split()
    }
    assert wanted - built == set()


def test_routes_are_read_in_network_order() -> None:
    assert [str(route) for route in network.routes(ROUTES)] == ["0.0.0.0/0", "192.0.2.0/24"]


def test_a_free_network_avoids_what_is_routed() -> None:
    first, second = network.POOL.subnets(1)
    assert network.free_ipv4([first, ipaddress.IPv4Network("0.0.0.0/0")]).subnet_of(second)


def test_a_full_pool_is_an_error_that_says_where_to_look() -> None:
    with pytest.raises(RigError, match="`ip route` shows what takes it"):
        network.free_ipv4([network.POOL])


def test_ipv6_networks_are_unique_local_addresses() -> None:
    assert network.random_ula().subnet_of(ipaddress.IPv6Network("fd00::/8"))


def test_members_get_addresses_of_both_families() -> None:
    both = network.Network("n", ipaddress.IPv4Network("10.200.0.0/24"), ipaddress.IPv6Network("fd00::/64"))
    assert next(both.addresses()) == ("10.200.0.10", "fd00::a")


def test_hosts_get_the_capabilities_of_this_machine_and_no_others() -> None:
    granted = capabilities.grantable("CapBnd:\t000001fffeffffff\n")
    assert "SYS_RESOURCE" not in granted
    assert {"SYS_ADMIN", "NET_ADMIN", "AUDIT_READ"} <= set(granted)
    assert len(granted) == 37


def test_no_bounding_set_grants_nothing() -> None:
    assert capabilities.grantable("Name:\tx\n") == []


def owner_labels(**changes: str) -> dict[str, str]:
    owner = Owner.current(Path("/nowhere"), kept=False)
    return owner.labels("r", "t") | {f"{PREFIX}.{key}": value for key, value in changes.items()}


@pytest.mark.parametrize(
    ("labels", "gone"),
    [
        pytest.param(owner_labels(), False, id="its process lives"),
        pytest.param(owner_labels(started="1"), True, id="its process id was given to another process"),
        pytest.param(owner_labels(pid=str(2**22 + 1)), True, id="its process is gone"),
        pytest.param(owner_labels(machine="other-boot/" + machine_id().partition("/")[2]), True, id="before a reboot"),
        pytest.param(owner_labels(machine="x/pid:[1]", pid="1"), False, id="another container's: nobody can tell"),
        pytest.param(owner_labels(kept="yes"), True, id="kept, but its checkout is gone"),
        pytest.param({}, False, id="not labelled by a rig"),
    ],
)
def test_leftovers_are_told_from_living_rigs(labels: dict[str, str], gone: bool) -> None:
    assert is_leftover(labels) is gone


def test_a_kept_rig_lives_as_long_as_its_state(tmp_path: Path) -> None:
    (tmp_path / "state.json").touch()
    labels = Owner.current(tmp_path, kept=True).labels("r", "t") | {f"{PREFIX}.pid": "1"}
    assert not is_leftover(labels)


@pytest.mark.parametrize("name", ["", "Demo", "two words", "a/b", "-x", "x" * 41, "ä"])
def test_names_that_would_break_a_container_name_are_refused(name: str) -> None:
    with pytest.raises(RigError, match="cannot name a rig"):
        State(name, {"web1": []})


def test_a_rig_without_hosts_is_refused() -> None:
    with pytest.raises(RigError, match="has no hosts"):
        State("empty", {})


def test_two_rigs_of_one_name_have_different_containers() -> None:
    assert State("same", {"web1": []}).prefix != State("same", {"web1": []}).prefix


def test_a_host_on_the_command_line_brings_its_domains() -> None:
    host = NamedHost().convert
    assert host("web1:app.test,other.test", None, None) == ("web1", ["app.test", "other.test"])
    assert host("web1", None, None) == ("web1", [])


def test_changes_of_all_hosts_are_summed() -> None:
    recap = "web1 : ok=3 changed=2 unreachable=0 failed=0\nweb2 : ok=3    changed=1    unreachable=0    failed=0\n"
    assert Played(0, recap).changed == 3


def test_a_failed_run_shows_its_output() -> None:
    with pytest.raises(AssertionError, match="the end"):
        Played(2, "the end").check()


def test_the_ssh_key_is_one_that_openssh_reads(tmp_path: Path) -> None:
    pair = keys.ssh_key()
    assert pair.private.startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert pair.public.startswith("ssh-ed25519 ")


@pytest.mark.parametrize(("token", "stays"), [("crashed", False), ("its successor", True)])
def test_the_folder_of_a_crashed_rig_goes_but_not_that_of_its_successor(
    tmp_path: Path, token: str, stays: bool
) -> None:
    folder = tmp_path / "rig"
    folder.mkdir()
    (folder / "state.json").write_text(json.dumps({"token": token}))
    forget_leftover(folder, "crashed")
    assert folder.exists() is stays
