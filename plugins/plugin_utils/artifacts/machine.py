"""The words for processor architectures: the kernel's on one side, Debian's and Go's on the other."""

from __future__ import annotations

from .catalogue import ArtifactError

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# What pip calls the same: the oldest glibc (2.17) that such wheels are built for.
WHEEL_PLATFORMS = {"amd64": "manylinux2014_x86_64", "arm64": "manylinux2014_aarch64"}


def architecture_of(machine: str) -> str:
    """Return Debian's word for what `uname -m` prints.

    Raises:
        ArtifactError: Slipway has no programs for such a machine.
    """
    if machine not in ARCHITECTURES:
        raise ArtifactError(f"No programs are pinned for {machine!r} machines, only for {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[machine]
