"""The connection that is made while other work goes on."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.opening import Opening


def test_it_is_made_beside_other_work_and_waited_for() -> None:
    prepared, made = threading.Event(), list[str]()

    def connect() -> None:
        assert prepared.wait(timeout=5)
        made.append("connection")

    opening = Opening(connect)
    prepared.set()
    opening.wait()
    assert made == ["connection"]


def test_a_host_that_does_not_answer_is_told_where_it_is_waited_for() -> None:
    def connect() -> None:
        raise TimeoutError("Connection timed out")

    opening = Opening(connect)
    for _ in range(2):
        with pytest.raises(TimeoutError, match="Connection timed out"):
            opening.wait()
