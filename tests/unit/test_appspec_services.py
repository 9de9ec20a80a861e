"""What outlives releases: kinds that the kit brings, any other image, and how apps get at them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from ansible_collections.slipway.kit.plugins.module_utils.release.dockerd import Image
from ansible_collections.slipway.kit.plugins.module_utils.release.exports import override, wrapped
from ansible_collections.slipway.kit.plugins.module_utils.release.process import Process
from ansible_collections.slipway.kit.plugins.module_utils.release.service import Service
from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import AppSpecError, complete
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.apps import on_one_host_only
from ansible_collections.slipway.kit.plugins.plugin_utils.preflight.host import limits
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.template import compose_file, services_file

Table = dict[str, Any]
DB: Table = {"db": {"kind": "postgresql"}}


def here(name: str, key: str, item: str = "") -> str:
    """Return where everything stands."""
    return f"{name}.{key}{item}"


def shop(**fields: object) -> Table:
    declared = {"name": "shop", "domains": ["shop.test"], "exposure": "public", "build": "backend"}
    return dict(complete([{**declared, **fields}])[0])


def test_an_app_without_services_has_no_file_for_them() -> None:
    assert services_file(shop()) == ""
    assert "services" not in yaml.safe_load(compose_file(shop()))["networks"]


def test_a_kind_knows_its_user_port_address_and_memory() -> None:
    [db] = shop(services=DB)["services"]
    assert (db["uid"], db["port"], db["memory_mib"]) == (10002, 5432, 256)
    assert Service.parse(db).address("shop", "secret") == "postgresql://shop:secret@db:5432/shop"
    assert list(shop(services=DB)["images"]) == ["app", "services/db"]


def test_a_service_that_is_named_gives_an_address_without_the_password() -> None:
    app = shop(services=DB, uses=["db"])
    service = yaml.safe_load(compose_file(app))["services"]["app"]
    assert service["environment"]["DB_URL"] == "postgresql://shop@db:5432/shop"
    assert service["networks"] == ["default", "services"]
    assert [each["target"] for each in service["secrets"]] == ["db_password", "db_url"]


def test_a_service_with_a_variable_is_exported_at_the_start_and_stands_in_no_file() -> None:
    app = shop(services=DB, uses={"db": "DATABASE_URL"}, secrets=["key"], secret_env={"SECRET_KEY": "key"})
    [main] = app["containers"]
    assert main["exports"] == {"DATABASE_URL": "db_url", "SECRET_KEY": "key"}
    assert "DATABASE_URL" not in compose_file(app)


def test_workers_like_the_app_use_what_it_uses_and_images_of_their_own_nothing() -> None:
    processes: Table = {"worker": {"command": ["work"]}, "pages": {"build": "pages", "port": 80, "path": "/p"}}
    app = shop(services=DB, uses={"db": "DATABASE_URL"}, processes=processes)
    used = {each["name"]: each["services"] for each in app["containers"]}
    assert used == {"app": ["db"], "worker": ["db"], "pages": []}


def test_services_are_hardened_and_alone_on_their_network() -> None:
    file = yaml.safe_load(services_file(shop(services={**DB, "queue": {"kind": "rabbitmq"}})))
    for service in file["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "ports" not in service
        assert service["mem_limit"] == service["memswap_limit"]
    assert file["networks"]["default"]["internal"] is True


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"services": {"db": {}}}, "services.db: exactly one of `kind`, `build` and `image`"),
        ({"services": {"db": {"kind": "postgres"}}}, "services.db.kind: 'postgres' is not one of postgresql"),
        ({"services": {"db": {"kind": "postgresql", "version": 15}}}, "postgresql 15 is not among the kit's: 17"),
        ({"services": {"db": {"kind": "postgresql", "port": 1}}}, "services.db.port: the kit's postgresql sets it"),
        ({"services": {"db": {"image": "mariadb:11", "port": 3306}}}, "services.db.image: 'mariadb:11' is not pinned"),
        ({"services": {"db": {"build": "db"}}}, "services.db.port: missing"),
        ({"services": {"db": {"build": "db", "port": 1, "version": 3}}}, "services.db.version: it belongs to a `kind`"),
        ({"services": {"app": {"kind": "valkey"}}}, "services.app: there is a process of that name"),
        (
            {"services": {"w": {"kind": "valkey"}}, "processes": {"w": {}}},
            "services.w: there is a process of that name",
        ),
        ({"services": {"database": DB["db"]}, "uses": ["databse"]}, r"no service 'databse' \(did you mean `database`"),
        ({"uses": ["db"]}, "uses: there is no service 'db'"),
        ({"services": DB, "uses": {"db": "database"}}, "uses.db: 'database' is not the name of a variable"),
        ({"services": DB, "uses": {"db": "BROKER_URL"}}, "uses.db: Celery takes BROKER_URL for an option"),
        ({"services": DB, "uses": "db"}, "uses: a list or a mapping is expected"),
        ({"services": DB, "processes": {"w": {"uses": ["x"]}}}, "processes.w.uses: there is no service 'x'"),
        ({"secret_env": {"KEY": "key"}}, "secret_env.KEY: 'key' is not among `secrets`"),
        ({"processes": {"w": {"secret_env": {"KEY": "k"}}}}, "processes.w.secret_env.KEY: 'k' is not among `secrets`"),
    ],
)
def test_what_does_not_fit_together_is_refused_with_its_path(fields: Any, said: str) -> None:
    with pytest.raises(AppSpecError, match=said):
        shop(**fields)


def test_a_command_without_variables_stays_as_it_is() -> None:
    assert wrapped({}, ["flask", "run"]) == ["flask", "run"]


def test_an_entry_point_exports_and_becomes_what_the_image_runs() -> None:
    image = Image("i", "f", (), {}, 1, (), entrypoint=("tini", "--"), command=("serve", "$PORT"))
    process = Process("app", exports={"DATABASE_URL": "db_url"})
    made: Any = override([process, Process("worker")], {"app": image})
    assert list(made["services"]) == ["app"]
    words = [word.replace("$$", "$") for word in made["services"]["app"]["entrypoint"]]
    assert words[:2] == ["/bin/sh", "-c"]
    assert re.search(r"DATABASE_URL=\$\(cat /run/secrets/db_url\); export DATABASE_URL; exec", words[2])
    assert words[3:] == ["sh", "tini", "--"]
    assert made["services"]["app"]["command"] == ["serve", "$$PORT"], "Compose forgets it beside an entry point"
    declared = override([Process("app", command=("x",), exports={"A": "a"})], {"app": image})
    assert "command" not in declared["services"]["app"]  # type: ignore[index]
    assert override([Process("app")], {"app": image}) == {}


def test_what_must_be_there_once_is_refused_on_several_hosts() -> None:
    plain, stack = shop(), shop(services=DB, processes={"beat": {"command": ["beat"], "single": True}})
    assert on_one_host_only([plain, stack], hosts=1, place=here) == []
    [found] = on_one_host_only([plain, stack], hosts=3, place=here)
    assert found.code == "ONE_HOST"
    assert found.what == "App shop has `single` process beat, service db, and 3 hosts would have one each."


def test_all_containers_of_an_app_have_to_fit_into_the_host() -> None:
    system = {"processors": 2, "memory": {"total": 1000 * 2**20}}
    assert limits("web1", system, [shop(memory_mib=500, services=DB)], here) == []
    [found] = limits("web1", system, [shop(memory_mib=600, services=DB, processes={"worker": {"cpus": 2.0}})], here)
    assert "`memory_mib: 1456` in 3 containers, and web1 has 1000 MiB" in found.what
    [found] = limits("web1", system, [shop(processes={"worker": {"cpus": 4.0}})], here)
    assert found.what == "App shop, process worker, declares `cpus: 4`, and web1 has 2."
