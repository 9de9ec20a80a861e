"""Which archive a host gets: the layers that it lacks, or all where its image store wants all."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

PLUGIN = Path(__file__).resolve().parents[2] / "plugins" / "action" / "release.py"
REFUSED = {"failed": True, "code": "load", "shipped": "0.1 MiB, 1 of 3 layers"}
TAKEN = {"changed": True, "shipped": "70.0 MiB, 3 of 3 layers"}


@pytest.fixture
def plugin() -> ModuleType:
    spec = spec_from_file_location("release_action", PLUGIN)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("present", "answers", "asked", "said"),
    [
        (2, [TAKEN], [2], "70.0 MiB, 3 of 3 layers"),
        (2, [REFUSED, TAKEN], [2, 0], "70.0 MiB, 3 of 3 layers (whole: the host refused layers alone)"),
        (0, [REFUSED], [0], "0.1 MiB, 1 of 3 layers"),
        (2, [REFUSED | {"code": "gate"}], [2], "0.1 MiB, 1 of 3 layers"),
        (2, [REFUSED | {"code": "docker"}], [2], "0.1 MiB, 1 of 3 layers"),
    ],
    ids=[
        "layers are enough",
        "the containerd store wants all",
        "all was refused",
        "another failure",
        "Compose could not start it",
    ],
)
def test_a_host_that_refuses_layers_alone_gets_the_whole_image(
    plugin: ModuleType, present: int, answers: list[dict[str, object]], asked: list[int], said: str
) -> None:
    sent: list[int] = []

    class Sending(plugin.ActionModule):  # type: ignore[misc, name-defined]  # loaded from its file
        def __init__(self) -> None:
            pass

        def _send_from(self, _: object, layers_present: dict[str, int], __: object) -> dict[str, object]:
            sent.append(layers_present["app"])
            return answers[len(sent) - 1]

    assert Sending()._send({}, {"app": present}, {})["shipped"] == said
    assert sent == asked
