"""Leases of the release engine, by its own rule: whether somebody is changing an app, or died while doing so."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.release.lease import LeaseFile, read_lease

Tree = dict[str, object]

APPS = Path("/var/lib/slipway/apps")


def read(root: Path = APPS) -> Tree:
    """Return the topic `leases`: `held`, each with `app`, `path`, `owner`, and whether its holder is `alive`."""
    found = []
    for path in sorted(root.glob("*/state/lease.json")):
        lease = read_lease(path)
        owner = lease.owner if lease else "somebody unknown (the file is damaged)"
        alive = LeaseFile(path.parent).holder() is not None
        found.append({"app": path.parents[1].name, "path": str(path), "owner": owner, "alive": alive})
    return {"held": found}
