from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ansible_collections.slipway.kit.plugins.plugin_utils.cloudflare import Cloudflare, Secret, Transport

from .standin import StandIn

TOKEN = "token-for-tests"


@pytest.fixture
def api() -> Iterator[StandIn]:
    standin = StandIn()
    yield standin
    standin.close()


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the code under test would have slept."""
    return []


@pytest.fixture
def connect(api: StandIn, waits: list[float]) -> Callable[..., Transport]:
    def transport(token: str = TOKEN) -> Transport:
        return Transport(Secret(token), api.url, timeout_s=0.3, sleep=waits.append, say=lambda _: None)

    return transport


@pytest.fixture
def cloudflare(connect: Callable[..., Transport]) -> Cloudflare:
    return Cloudflare(connect())
