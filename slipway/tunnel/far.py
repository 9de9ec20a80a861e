"""Provider ssh: what is said to the public host; pure. Nothing stays there when the tunnel is closed."""

from __future__ import annotations

import zlib

from .origin import Origin
from .wish import Wish

# Loopback ports of the public host, one a name, beside those of apps (20000 on) and of `make tunnel ENV=`.
FIRST_PORT = 18500
PORTS = 500
SITES = "/etc/caddy/conf.d"
REFUSED = "remote port forwarding failed"


def port(wish: Wish) -> int:
    """Return where the tunnel comes out on the public host."""
    return FIRST_PORT + zlib.crc32(wish.name.encode()) % PORTS


def ssh(wish: Wish) -> list[str]:
    """Return how every command to the public host begins."""
    line = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]
    return [*line, *(["-F", wish.ssh_config] if wish.ssh_config else [])]


def command(wish: Wish, origin: Origin) -> list[str]:
    """Return the command line that holds the connection."""
    forward = f"127.0.0.1:{port(wish)}:127.0.0.1:{origin.port}"
    keep = ["-o", "ServerAliveInterval=2", "-o", "ServerAliveCountMax=3", "-o", "ExitOnForwardFailure=yes"]
    return [*ssh(wish), "-N", "-T", *keep, "-R", forward, wish.host]


def as_root(wish: Wish) -> list[str]:
    """Return the command line that runs a script from standard input as root over there."""
    return [*ssh(wish), "-T", wish.host, 'if [ "$(id -u)" = 0 ]; then sh -s; else sudo -n sh -s; fi']


def site(wish: Wish) -> str:
    """Return the site that answers for the name."""
    return (
        f"# A laptop's tunnel; gone when that is closed.\n"
        f"https://{wish.name} {{\n\timport secure_listener\n\timport certificate_public\n\timport answers\n"
        f"\treverse_proxy 127.0.0.1:{port(wish)} {{\n"
        f"\t\theader_up X-Forwarded-For {{client_ip}}\n\t\tlb_try_duration 10s\n\t}}\n"
        f"\thandle_errors {{\n\t\timport error_answers\n"
        f'\t\trespond "{{file./etc/caddy/pages/unavailable.html}}"\n\t}}\n}}\n'
    )


def open_script(wish: Wish) -> str:
    """Return what puts the site there, unless Caddy refuses it or the name is somebody else's."""
    file = f"{SITES}/laptop-{wish.name}.caddy"
    return (
        "set -eu\ncd /etc/caddy\n"
        f"if grep -rlqwF -- '{wish.name}' sites; then echo '{wish.name} is the name of an app there' >&2; exit 3; fi\n"
        f"install -d -m 0755 {SITES}\ncat >{file} <<'SITE'\n{site(wish)}SITE\n"
        f"if ! runuser -u caddy -- caddy validate --config Caddyfile >/dev/null 2>&1; then rm -f {file}; "
        "echo 'Caddy refuses the site' >&2; exit 4; fi\nsystemctl reload caddy\n"
    )


def close_script(wish: Wish) -> str:
    """Return what takes the site away again."""
    return f"set -eu\nrm -f {SITES}/laptop-{wish.name}.caddy\nsystemctl reload caddy\n"
