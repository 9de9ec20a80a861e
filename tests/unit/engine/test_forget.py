"""What is not declared any more is deleted with its data, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.asker import Asker
from ansible_collections.slipway.kit.plugins.module_utils.release.errors import RefusedError
from ansible_collections.slipway.kit.plugins.module_utils.release.forget import forgettable
from ansible_collections.slipway.kit.plugins.module_utils.release.labels import APP_LABEL, SERVICE_LABEL
from tests.unit.engine.fake_host import Answer, FakeHost

QUEUE = {"services": {"queue": {"image": "queue@sha256:0", "port": 5672}}}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    return FakeHost(tmp_path, monkeypatch)


def forget(host: FakeHost, *declared: str, service: str = "", **fields: object) -> Answer:
    return host.drive(host.declare(**fields), state="forgotten", service=service, declared=list(declared))


def root(host: FakeHost) -> Path:
    return Path(str(host.app["root"]))


def test_an_app_that_is_not_declared_goes_with_all_it_had(host: FakeHost) -> None:
    host.deploy("one")
    (root(host) / "data" / "file").write_text("x")
    assert forgettable(Asker(declared=("other",)), root(host).parent) == ["tiny"]
    assert forget(host, "other")["changed"]
    assert not root(host).exists()
    assert host.docker.all == {}
    assert host.audit()[-1]["action"] == "forget"


def test_one_that_is_declared_stays(host: FakeHost) -> None:
    host.deploy("one")
    with pytest.raises(RefusedError, match="tiny is declared in slipway_apps"):
        forget(host, "tiny")
    assert host.docker.running() == {"tiny-green"}


def test_a_review_app_and_one_that_is_not_there_are_not_forgotten(host: FakeHost) -> None:
    host.deploy("one")
    (root(host) / "review").touch()
    with pytest.raises(RefusedError, match=r"tiny is not on this host. Not declared any more are: none\."):
        forget(host)
    assert (root(host) / "data").is_dir()


def test_a_service_goes_when_its_app_does_not_name_it_any_more(host: FakeHost) -> None:
    data, secrets = root(host) / "services" / "queue", Path(str(host.app["secrets_dir"])) / "services"
    data.mkdir(parents=True)
    secrets.mkdir(parents=True)
    (secrets / "queue.password").write_text("x")
    (secrets / "db.password").write_text("x")
    host.docker.make("tiny-services-queue", {APP_LABEL: "tiny", SERVICE_LABEL: "queue"}, ())
    host.docker.make("tiny-services-db", {APP_LABEL: "tiny", SERVICE_LABEL: "db"}, ())
    with pytest.raises(RefusedError, match="tiny/queue is declared"):
        forget(host, "tiny", service="queue", **QUEUE)
    with pytest.raises(RefusedError, match=r"tiny/quue is not on this host\. Not declared any more are: queue"):
        forget(host, "tiny", service="quue")
    assert forget(host, "tiny", service="queue")["changed"]
    assert not data.exists()
    assert [path.name for path in secrets.iterdir()] == ["db.password"]
    assert list(host.docker.all) == ["tiny-services-db"]
