"""Which queues of RabbitMQ hand what nobody could do on to the queue `dead`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ENTRY = Path(__file__).parents[2] / "compose/services/rabbitmq/entry.sh"
PATTERN = re.search(r'"pattern": "(.*?)", "apply-to"', ENTRY.read_text())


@pytest.mark.parametrize(
    ("queue", "applies"),
    [
        ("jobs", True),
        ("celery", True),
        ("celery_delays", True),
        ("deadlines", True),
        ("dead", False),  # or it would hand on to itself
        ("celery_delayed_0", False),  # their messages go on by a routing key of their own, at the end of a countdown
        ("celery_delayed_27", False),
    ],
)
def test_a_queue_hands_on_to_the_dead(queue: str, applies: bool) -> None:
    assert PATTERN
    assert bool(re.search(PATTERN[1], queue)) == applies
