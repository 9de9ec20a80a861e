"""Visit the sites of a host from outside, and be patient with a certificate that is still on its way."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible_collections.slipway.kit.plugins.module_utils.visit import web
from ansible_collections.slipway.kit.plugins.module_utils.visit.sites import Site
from ansible_collections.slipway.kit.plugins.module_utils.visit.web import Answer

# A first certificate takes seconds; an authority that does not answer is not waited for longer.
PATIENCE_S = 30.0
PAUSE_S = 1.0
# What Caddy answers to a handshake while it has no certificate yet, and where an old one is about to be replaced.
TRANSIENT = re.compile(r"^TLS failed|^certificate not trusted")
Visits = list[tuple[Site, Answer, Answer]]


def visit_all(sites: Iterable[Site], address: str, trust_root: str, local_root: str, *, patient: bool = True) -> Visits:
    """Return each site with its answers over HTTPS and over HTTP.

    Args:
        sites: what to visit.
        address: the host's, as visitors reach it.
        trust_root: PEM file of the authority that visitors trust, empty for the system's.
        local_root: PEM text of the host's own authority, for sites with exposure `lan`.
        patient: wait for a certificate that may be on its way.
    """
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=8) as pool:
        own = Path(folder, "root.pem")
        own.write_text(local_root, encoding="ascii")

        def one(site: Site) -> tuple[Site, Answer, Answer]:
            roots = trust_root if site.exposure != "lan" or not local_root else str(own)
            patience_s = PATIENCE_S if patient and site.exposure in {"public", "lan"} else 0.0
            secure = patiently(lambda: web.secure(address, site.name, roots), patience_s)
            return site, secure, web.plain(address, site.name)

        return list(pool.map(one, sites))


def patiently(visit: Callable[[], Answer], patience_s: float, pause_s: float = PAUSE_S) -> Answer:
    """Return the first answer that no waiting would better, or the last one when `patience_s` seconds are over."""
    deadline = time.monotonic() + patience_s
    answer: Answer = visit()
    while TRANSIENT.search(answer.trouble) and time.monotonic() < deadline:
        time.sleep(pause_s)
        answer = visit()
    return answer
