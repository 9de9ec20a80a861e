from __future__ import annotations

import shutil

from flask.testing import FlaskClient

from strongbox.settings import Settings


def test_a_running_app_is_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200


def test_it_is_ready_when_the_data_folder_can_be_written(client: FlaskClient) -> None:
    assert client.get("/readyz").json == {"status": "ready"}


def test_without_its_data_folder_it_is_alive_but_not_ready(client: FlaskClient, settings: Settings) -> None:  # C-07
    shutil.rmtree(settings.data_dir)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {
        "status": "not ready",
        "reason": "The data folder cannot be written: No such file or directory.",
    }
    assert client.get("/healthz").status_code == 200
