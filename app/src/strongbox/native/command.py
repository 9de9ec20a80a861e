"""The `strongbox` command: private on this machine, or for the local network with `--lan`."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from typing import NoReturn

import segno
from flask import Flask
from waitress.server import create_server

from strongbox.bodies import of_a_copy
from strongbox.exceptions import StrongboxError
from strongbox.factory import create_app
from strongbox.native.paths import choose, provide, running_program
from strongbox.preparation import prepare
from strongbox.secret import read_key_encryption_keys, read_secret_keys
from strongbox.services import services
from strongbox.settings import Mode, Settings
from strongbox.vault.rotation import rotate_all

DEFAULT_PORT = 8377
THREADS = 4
LOOPBACK = "127.0.0.1"
EXIT_IN_USE = 4


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted. Exit codes: 0 stopped, 3 configuration, 4 the port is taken."""
    options = _parse(arguments)
    mode: Mode = "lan" if options.lan else "private"
    address = lan_address() if options.lan else LOOPBACK
    try:
        app = _app(mode, address, options.data)
    except StrongboxError as problem:
        print(problem.message, file=sys.stderr)
        sys.exit(problem.exit_code)
    try:
        host = "0.0.0.0" if options.lan else LOOPBACK  # noqa: S104 - `native.peers` keeps strangers out # nosec B104
        listener = socket.create_server((host, options.port))
    except OSError as problem:
        print(
            f"Port {options.port} cannot be used ({problem.strerror}): try `--port {options.port + 1}`.",
            file=sys.stderr,
        )
        sys.exit(EXIT_IN_USE)
    with app.app_context():
        largest = of_a_copy(services().settings)
    server = create_server(app, sockets=[listener], threads=THREADS, ident="strongbox", max_request_body_size=largest)
    url = f"http://{address}:{listener.getsockname()[1]}/"
    _announce(url, lan=options.lan)
    if not options.no_browser:
        threading.Timer(0.2, webbrowser.open, [url]).start()
    signal.signal(signal.SIGTERM, _stop)
    server.run()


def lan_address() -> str:
    """Return this machine's address on the local network. Nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))
        except OSError:
            return LOOPBACK
        address: str = probe.getsockname()[0]
        return address


def _app(mode: Mode, address: str, folder: Path | None) -> Flask:
    paths = choose(mode, folder, running_program())
    provide(paths)
    name = socket.gethostname().casefold()
    settings = Settings(
        data_dir=paths.data,
        secret_keys=read_secret_keys(paths.keys / "secret_key"),
        key_encryption_keys=read_key_encryption_keys(paths.keys / "kek"),
        mode=mode,
        release="native",
        proxy_hops=0,
        # A page elsewhere can't reach us under a name of its own that it points to our address.
        trusted_hosts=(address, name, f"{name}.local") if mode == "lan" else (LOOPBACK,),
    )
    app = create_app(settings)
    with app.app_context():
        prepare(services())
        for _ in rotate_all(services().vaults, settings.rotate_after):
            pass
    return app


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="strongbox",
        description="A password generator and your private records, on this machine. Needs no network.",
        epilog="Exit codes: 0 stopped, 2 usage, 3 keys or data are not as they must be, 4 the port is taken.",
    )
    parser.add_argument("--lan", action="store_true", help="serve the local network too; everybody has an account")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="default: %(default)s; 0 takes any free one")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep data and keys here")
    parser.add_argument("--no-browser", action="store_true", help="don't open the browser")
    return parser.parse_args(arguments)


def _announce(url: str, *, lan: bool) -> None:
    if lan:
        print("Open this on any device in your network:")
        segno.make(url).terminal(compact=True)
    print(f"Strongbox is at {url} - stop it with Ctrl-C.", flush=True)


def _stop(*_: object) -> NoReturn:
    sys.exit(0)
