"""The foreground of a laptop's tunnel: `python -m slipway.tunnel.hold PORT=8000`; the deploy of pyinfra ends in it."""

from __future__ import annotations

import platform
import signal
import sys
from collections.abc import Sequence

from ansible_collections.slipway.kit.plugins.plugin_utils.artifacts import ArtifactError, architecture_of, fetch, load
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import REFUSED, RefusalError

from . import origin, session
from .options import Options, read
from .screen import Screen


def main(words: Sequence[str] | None = None) -> int:
    """Hold the tunnel until Ctrl-C or SIGTERM (exit code 0), or say why it can't be (2)."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    screen = Screen()
    try:
        options = read(sys.argv[1:] if words is None else words)
        there = origin.find(options)
        _hold(options, there, screen)
    except (RefusalError, ArtifactError) as refusal:
        screen.say("")
        print(refusal, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        screen.say("Closed.")
    return 0


def _hold(options: Options, there: origin.Origin, screen: Screen) -> None:
    shown = there.domain or f"port {there.port} of this machine"
    if options.provider == "cloudflare":
        binary = fetch(load("cloudflared", architecture_of(platform.machine())))
        session.hold(session.quick_line(binary, there), shown, screen)
        return
    with session.opened(options, there, screen):
        session.hold(session.ssh_line(options, there), shown, screen)


if __name__ == "__main__":
    sys.exit(main())
