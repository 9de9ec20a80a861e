"""Values stay what was written; what cannot work is refused with the spelling that was probably meant."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import AppSpecError, complete
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.template import compose_file, yaml_text
from slipway.environment import Environment
from slipway.inventory import read

ROOT = Path(__file__).resolve().parents[2]
SMALLEST = {"name": "shop", "domains": ["shop.example.com"], "exposure": "public", "build": "app"}


def faults(**changes: object) -> str:
    with pytest.raises(AppSpecError) as refused:
        complete([{**SMALLEST, **changes}])
    return "\n".join(refused.value.problems)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (42798, 'YAML reads this as 42798. Write it in quotes: A: "42798"'),
        (True, 'Write it in quotes: A: "True"'),
        (1.5, 'Write it in quotes: A: "1.5"'),
        (None, 'this is nothing. Write A: ""   # or leave it out'),
        ({"k": [1]}, "this is a mapping. As JSON: A: '{\"k\": [1]}'"),
        ("x\0y", "an environment can't hold this text"),
        ("\ud800", "an environment can't hold this text"),
    ],
)
def test_an_environment_holds_text_alone(value: object, said: str) -> None:
    assert said in faults(env={"A": value})


def test_a_name_that_the_kit_sets_is_refused() -> None:
    assert "env.RELEASE: the kit sets it: the id of the release that runs" in faults(env={"RELEASE": "x"})


TEXTS = [
    *("hi \U0001f600", "a$b ${C} $$", "line\nline", "tab\t", 'quote "', "quote '", "back\\slash", "# x", ": x"),
    *("", "no", "\u0085 \u2028 \u2029", "\ufeff", "\x1b[2J", "\x7f\x9f", "\ufffe", "{{ x }} {% y %}"),
    *("\U00100000", " x ", "!a &b *c @d %e"),
]


@pytest.mark.parametrize("text", TEXTS, ids=[ascii(text) for text in TEXTS])
def test_any_text_reaches_the_container_as_it_is(text: str) -> None:
    [app] = complete([{**SMALLEST, "env": {"A": text}}])
    read_back = yaml.safe_load(compose_file(app))["services"]["app"]["environment"]["A"]
    assert read_back.replace("$$", "$") == text
    assert yaml.safe_load(yaml_text(text)) == text


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "/app",
            "/opt",
            "/var",
            "/tmp",
            "/tmp/x",
            "/run/secrets",
            "/var/run/x",
            "/etc/app",
            "/usr/share",
            "/proc",
        ),
        *("/data/../etc", "/data/", "//data", "/data//x", "/./data"),
    ],
)
def test_data_hides_nothing_of_the_image_and_is_kept_on_disk(path: str) -> None:
    assert "slipway_apps[0].data_path:" in faults(data_path=path)


@pytest.mark.parametrize("path", ["/data", "/app/instance", "/srv/shop", "/var/lib/shop", "/home/app/db", "/tmpfiles"])
def test_ordinary_places_of_data_are_fine(path: str) -> None:
    [app] = complete([{**SMALLEST, "data_path": path}])
    assert app["data_path"] == path


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("domains", ["*.example.com"], "Wildcards are not served: name each site, for example www.example.com."),
        ("domains", ["bücher.example.com"], "Write `xn--bcher-kva.example.com`."),
        ("domains", ["Shop.example.com"], "Write `shop.example.com`."),
        ("domains", ["https://shop.example.com/x"], "without https://, port and path. Write `shop.example.com`."),
        ("domains", ["HTTPS://Bücher.example.com"], "Write `xn--bcher-kva.example.com`."),
        ("domains", ["shop.example.com:8443"], "Write `shop.example.com`."),
        ("domains", ["shop.example.com."], "Write `shop.example.com`."),
        ("domains", ["my_shop.example.com"], "Host names have no `_`."),
        ("name", "My Shop", "Write `my-shop`."),
        ("env", {"http_proxy": "x"}, "Write `HTTP_PROXY`."),
        ("env", {"DB-PASSWORD": "x"}, "Write `DB_PASSWORD`."),
        ("secrets", ["DB_PASSWORD"], "Write `db_password`."),
        ("readiness_path", "/health?full=1", "It is a path, without ? and #. Write `/health`."),
        ("liveness_path", "health", "Write `/health`."),
    ],
)
def test_what_was_probably_meant_is_offered(field: str, value: object, said: str) -> None:
    assert said in faults(**{field: value})


INVENTORY = """zone: example.com
slipway_apps:
  - name: shop
    domains: ["Shop.{{ zone }}", ok.example.com]
    exposure: public
    build: .
    memory_mib: many
    env:
      PIN: 0123456
      AT: 21:30   # half past nine
      FLAG: yes
      N: "{{ 4 }}"
      PAIR: {A: 1, B: x}
"""


def test_a_value_that_yaml_changes_is_shown_as_it_stands_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "inventories" / "production"
    (folder / "group_vars").mkdir(parents=True)
    (folder / "hosts.yml").write_text("all: {hosts: {web1: {ansible_connection: local}}}\n")
    (folder / "group_vars" / "all.yml").write_text(INVENTORY)
    monkeypatch.chdir(tmp_path)
    assert read(Environment("production", (folder,))).apps  # Ansible has no complaint
    done = judged(folder)
    place = "inventories/production/group_vars/all.yml"
    for line, said in {
        4: "Write `shop.example.com`.",
        7: "a whole number is wanted",
        9: 'YAML reads 0123456 as 42798. Write it in quotes: PIN: "0123456"',
        10: 'YAML reads 21:30 as 1290. Write it in quotes: AT: "21:30"',
        11: 'YAML reads yes as True. Write it in quotes: FLAG: "yes"',
        12: 'the template gives 4. Write N: "{{ 4 | string }}"',
        13: 'this is a mapping. As JSON: PAIR: \'{"A": 1, "B": "x"}\'',
    }.items():
        [found] = [fault for where, fault in done if where == f"{place}:{line}"]
        assert said in found


def judged(folder: Path) -> list[tuple[str, str]]:
    """Return place and text of each fault, found where Ansible itself has read the inventory."""
    program = (
        "import json, sys; from ansible.plugins.loader import init_plugin_loader; init_plugin_loader([sys.argv[2]])\n"
        "from ansible.inventory.manager import InventoryManager; from ansible.parsing.dataloader import DataLoader\n"
        "from ansible.template import Templar; from ansible.vars.manager import VariableManager\n"
        "from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import AppSpecError, complete\n"
        "loader = DataLoader(); inventory = InventoryManager(loader=loader, sources=[sys.argv[1]])\n"
        "variables = VariableManager(loader=loader, inventory=inventory).get_vars(host=inventory.get_hosts()[0])\n"
        "try: complete(Templar(loader=loader, variables=variables).template(variables['slipway_apps']))\n"
        "except AppSpecError as error: print(json.dumps([[one.place, one] for one in error.problems]))\n"
    )
    command = [sys.executable, "-c", program, str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [(where, text) for where, text in json.loads(done.stdout)]
