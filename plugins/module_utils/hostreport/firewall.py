"""The firewall: what is loaded, beside what its files say."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from .sources import output

Tree = dict[str, object]

HEADERS = ("---", "+++", "@@ ")
RULES = Path("/etc/slipway/firewall.nft")
SCRIPT = Path("/usr/local/sbin/slipway-docker-user")
FILL = f"nft --file {RULES} && {SCRIPT}"
# Without what comes and goes: counters, and the sources of connections.
TABLE = "nft --stateless --terse list table inet slipway"
JUMPS = """for family in iptables ip6tables; do
  echo "$family"
  $family --wait -S SLIPWAY
  for jump in "FORWARD DOCKER-USER" "DOCKER-USER SLIPWAY"; do
    $family --wait --check "${jump% *}" --jump "${jump#* }" && echo "$family: jump ${jump% *} to ${jump#* }"
  done
done 2>/dev/null; true"""


def as_declared(listing: str) -> str:
    """Return what a listing prints where the files were just loaded: in a network namespace of its own."""
    return output(["unshare", "--net", "sh", "-c", f"{{ {FILL}; }} >/dev/null && {{ {listing}; }}"])


def read(declared: Callable[[str], str] = as_declared) -> Tree:
    """Return the topic `firewall`; who asks often remembers `declared` until RULES or SCRIPT change.

    `loaded`: the kit's table is there. `declared`: so is its file. `table`, `docker_user`: what `difference` returns.
    The kernel writes both down, what is loaded and what is declared, so they are in the same words.
    """
    table = output(["sh", "-c", TABLE])
    if not RULES.exists():
        return {"loaded": bool(table), "declared": False, "table": {}, "docker_user": {}}
    return {
        "loaded": bool(table),
        "declared": True,
        "table": difference(table, declared(TABLE)),
        "docker_user": difference(output(["sh", "-c", JUMPS]), declared(JUMPS)),
    }


def difference(loaded: str, declared: str) -> Tree:
    """Return which lines are `missing` and which `foreign`, in their order; nothing where the declared is unknown."""
    there, wanted = _lines(loaded), _lines(declared)
    if not wanted or there == wanted:
        return {}
    changes = [line for line in difflib.unified_diff(wanted, there, n=0, lineterm="") if line[:3] not in HEADERS]
    return {
        "missing": [line[1:] for line in changes if line.startswith("-")],
        "foreign": [line[1:] for line in changes if line.startswith("+")],
    }


def _lines(listing: str) -> list[str]:
    return [line.strip() for line in listing.splitlines() if line.strip()]
