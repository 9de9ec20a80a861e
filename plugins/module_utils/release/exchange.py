"""The live release goes on with other data, or again with its own."""

from __future__ import annotations

from .app import Slot
from .change import Change
from .data_swap import DataSwap
from .records import Release


def exchange(change: Change, swap: DataSwap, slot: Slot, release: Release) -> str:
    """Let the live release go on with the fresh folder; visitors see the maintenance page meanwhile.

    Returns:
        The name of the folder, beside that of the data, with the former data.

    Raises:
        ReleaseError: it did not get ready; it has the data that it had.
    """
    change.jobs.keep_out()
    begun = swap.begin()
    try:
        change.slots.stop(slot, change.records.processes(release.id))
        swap.exchange(begun)
        change.revive(slot, release.id)
    except BaseException:
        take_back(change, swap)
        raise
    _end(change, swap)
    return begun.former


def take_back(change: Change, swap: DataSwap) -> bool:
    """Give the live release the data back that an exchange took away which failed or died; tells if there was one.

    Raises:
        ReleaseError: it does not get ready with that either; the next change tries it again.
    """
    begun, slot = swap.begun(), change.records.live_slot()
    if begun is None:
        return False
    release = change.records.slot_release(slot)
    if slot:
        change.slots.stop(slot, change.records.processes(release))
    swap.take_back(begun)
    if slot:
        change.revive(slot, release)
    _end(change, swap)
    return True


def _end(change: Change, swap: DataSwap) -> None:
    begun = swap.begun()
    if begun:
        swap.end(begun)
    change.said += swap.warnings
    change.jobs.let_in()
