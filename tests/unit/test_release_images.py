"""Which layers a host lacks, and whether it has room for them."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.kit.plugins.module_utils.release.errors import DiskError
from ansible_collections.slipway.kit.plugins.module_utils.release.images import check_disk, layers_present

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("known", "wanted", "present"),
    [
        ([], ["a", "b"], 0),
        ([["a", "b"]], ["a", "b"], 2),
        ([["a", "b", "x"]], ["a", "b", "c"], 2),
        ([["x", "b", "c"]], ["a", "b", "c"], 0),
        ([["a"], ["a", "b"], ["x"]], ["a", "b", "c"], 2),
        ([["a", "b", "c", "d"]], ["a", "b"], 2),
    ],
    ids=["nothing", "all", "the base", "same layers on another base", "the best of several", "a longer image"],
)
def test_a_layer_is_there_only_with_all_below_it(known: list[list[str]], wanted: list[str], present: int) -> None:
    assert layers_present(known, wanted) == present


def test_the_disk_keeps_a_gibibyte_and_room_for_the_image_twice() -> None:
    check_disk(free_bytes=1224 * MIB, image_bytes=100 * MIB, where="/var/lib/docker")
    with pytest.raises(DiskError) as refused:
        check_disk(free_bytes=1223 * MIB, image_bytes=100 * MIB, where="/var/lib/docker")
    assert str(refused.value) == (
        "1223 MiB free in /var/lib/docker, 1224 MiB wanted (1024 MiB + twice the image of 100 MiB).\n"
        "Next: `docker system df` on the host shows what takes the room; lower keep_releases, or enlarge the disk"
    )
