"""Provider ssh: what is said to the public host; pure. Nothing stays there when the tunnel is closed."""

from __future__ import annotations

import shlex
import ssl
import zlib
from base64 import b64encode
from pathlib import Path

from .options import Options
from .origin import Origin

# Loopback ports of the public host, one a name, beside those of apps (20000 on) and of `slipway tunnel ENV`.
FIRST_PORT = 18500
PORTS = 500
SITES = "/etc/caddy/conf.d"
LOGS = "/var/log/caddy"
AS_CADDY = "runuser -u caddy --"
# What this command asks by itself is not a visitor.
OWN = b'"user_agent":"slipway"'
REFUSED = "remote port forwarding failed"


def port(options: Options) -> int:
    """Return where the tunnel comes out on the public host."""
    return FIRST_PORT + zlib.crc32(options.name.encode()) % PORTS


def ssh(options: Options) -> list[str]:
    """Return how every command to the public host begins."""
    line = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]
    return [*line, *(["-F", options.ssh_config] if options.ssh_config else [])]


def command(options: Options, origin: Origin) -> list[str]:
    """Return the command line that holds the connection; it prints the access log, a line a request."""
    forward = f"127.0.0.1:{port(options)}:127.0.0.1:{origin.port}"
    keep = ["-o", "ServerAliveInterval=2", "-o", "ServerAliveCountMax=3", "-o", "ExitOnForwardFailure=yes"]
    # It ends with the session that it belongs to, even where the connection just went silent.
    # As Caddy's user: the folder is Caddy's, and root follows nothing there.
    follow = f'{AS_CADDY} tail --pid="$PPID" --lines 0 --follow=name --retry {LOGS}/{_log(options)}.log'
    heard = f'if [ "$(id -u)" = 0 ]; then exec {follow}; else exec sudo -n {follow}; fi 2>/dev/null'
    return [*ssh(options), "-T", *keep, "-R", forward, options.host, heard]


def as_root(options: Options) -> list[str]:
    """Return the command line that runs a script from standard input as root over there."""
    return [*ssh(options), "-T", options.host, 'if [ "$(id -u)" = 0 ]; then sh -s; else sudo -n sh -s; fi']


def site(options: Options, origin: Origin) -> str:
    """Return the site that answers for the name."""
    return (
        f"# A laptop's tunnel; gone when that is closed.\n"
        f"http://{options.name} {{\n\timport plain_listener\n\tredir https://{{host}}{{uri}} 308\n}}\n"
        f"https://{options.name} {{\n\timport secure_listener\n\timport certificate_public\n"
        f"\timport access_log {_log(options)}\n\timport answers\n"
        f"\treverse_proxy {'https://' if origin.domain else ''}127.0.0.1:{port(options)} {{\n"
        f"\t\theader_up X-Forwarded-For {{client_ip}}\n\t\tlb_try_duration 10s\n{_by_name(origin)}\t}}\n"
        f"\thandle_errors {{\n\t\timport error_answers\n"
        f'\t\trespond "{{file./etc/caddy/pages/unavailable.html}}"\n\t}}\n}}\n'
    )


def _by_name(origin: Origin) -> str:
    """Return how an app of `slipway local` is asked: by the name it has there, with its own authority believed."""
    if not origin.domain:
        return ""
    root = b64encode(ssl.PEM_cert_to_DER_cert(Path(origin.authority).read_text())).decode()
    return (
        f"\t\theader_up Host {origin.domain}\n\t\ttransport http {{\n\t\t\ttls_server_name {origin.domain}\n"
        f"\t\t\ttls_trust_pool inline {{\n\t\t\t\ttrust_der {root}\n\t\t\t}}\n\t\t}}\n"
    )


def open_script(options: Options, origin: Origin) -> str:
    """Return what puts the site there, unless Caddy refuses it or the name is somebody else's."""
    file, name = f"{SITES}/{_file(options)}.caddy", options.name
    listening = f"ss -Hltn 'sport = :{port(options)}' | grep -q ."
    return (
        "set -eu\ncd /etc/caddy\n"
        f"if grep -rlqwF -- '{name}' sites; then echo '{name} is the name of an app there' >&2; exit 3; fi\n"
        f"if [ -e {file} ] && {listening}; then echo 'a tunnel holds {name} there' >&2; exit 5; fi\n"
        f"install -d -m 0755 {SITES}\ncat >{file} <<'SITE'\n{site(options, origin)}SITE\n"
        f"if ! {AS_CADDY} caddy validate --config Caddyfile >/dev/null 2>&1; then rm -f {file}; "
        "echo 'Caddy refuses the site' >&2; exit 4; fi\nsystemctl reload caddy\n"
    )


def close_script(options: Options) -> str:
    """Return what takes the site away again, and what it wrote."""
    file = _file(options)
    return f"set -eu\nrm -f {SITES}/{file}.caddy\nsystemctl reload caddy\n{AS_CADDY} rm -f {LOGS}/{file}@*\n"


def whole_script(options: Options, origin: Origin) -> str:
    """Return what opens, holds and closes the tunnel in one shell, for a machine without the kit."""
    root = shlex.join(as_root(options))
    return (
        f"set -eu\nclose() {{ trap '' INT HUP TERM; {root} <<'CLOSE'\n{close_script(options)}CLOSE\n}}\n"
        f"{root} <<'OPEN'\n{open_script(options, origin)}OPEN\n"
        f"trap close EXIT\n{shlex.join(command(options, origin))} >/dev/null &\n"
        # A shell hears of a hang-up only while it waits, and what it started would hear of none.
        "held=$!\ntrap 'kill \"$held\"; exit 0' INT HUP TERM\n"
        f"echo 'https://{options.name}/  shows port {origin.port} of '\"$(uname -n)\"'. Ctrl-C closes it.'\n"
        'wait "$held"\n'
    )


def _file(options: Options) -> str:
    return f"laptop-{options.name}"


def _log(options: Options) -> str:
    # Caddy keeps a log open for its grace period after the site is gone. Under the same name the next tunnel would
    # write into the file that was just removed, and no visit be counted.
    return f"{_file(options)}@{options.run}"
