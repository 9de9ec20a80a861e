"""`make tunnel PORT=...` with cloudflared itself: a quick tunnel, from the command to the page that a visitor gets."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.tunnel import shown
from tests.summary import Note

from .edge import Edge
from .laptop import END_S, Laptop, Session
from .namespace import Namespace
from .trycloudflare import NAME, PORT, Service

pytestmark = pytest.mark.cloudflared
SHOWN = f"https://{NAME}/  shows "
SETTLED_S = 2.5  # the live line is renewed every second


@pytest.fixture(scope="module")
def service(namespace: Namespace, edge: Edge, folder: Path) -> Iterator[Service]:
    service = Service(namespace, folder, edge)
    with service.open():
        yield service


@pytest.fixture(scope="module")
def laptop(cloudflared: Path, namespace: Namespace, edge: Edge, service: Service, folder: Path) -> Laptop:
    flags = ("--quick-service", f"http://127.0.0.1:{PORT}")
    laptop = Laptop.prepare(namespace, folder, cloudflared, edge.environment, *flags)
    return Laptop(namespace, {**laptop.environment, "SSL_CERT_FILE": str(service.authority)})


@pytest.fixture(scope="module")
def app(namespace: Namespace, folder: Path) -> Iterator[int]:
    """Something that listens on this machine; returns its port."""
    with ExitStack() as stack:
        with namespace.entered():
            port = stack.enter_context(shown.port(folder))
        yield port


@pytest.fixture(scope="module")
def session(laptop: Laptop, app: int, folder: Path) -> Iterator[Session]:
    with laptop.tunnel(folder / "said", f"PORT={app}") as session:
        yield session


def page(edge: Edge) -> str:
    try:
        return edge.ask(NAME).body.decode()
    except ConnectionError:
        return ""


def test_no_address_is_shown_while_visitors_get_an_error_of_cloudflares(
    laptop: Laptop, app: int, refusing: Edge, tmp_path: Path
) -> None:
    refusing.registrar.refusal = "Unauthorized: not known here yet"
    with laptop.tunnel(tmp_path / "said", f"PORT={app}") as session:
        session.until(lambda: refusing.registrar.refused >= 3)
        assert not session.says(SHOWN), session.said.read_text()
        refusing.registrar.refusal = ""
        session.until(lambda: session.says(SHOWN))


def test_the_address_is_shown_and_leads_a_visitor_to_the_page(session: Session, edge: Edge, note: Note) -> None:
    seconds = session.until(lambda: session.says(SHOWN))
    assert "From my laptop" in page(edge)
    note("measured", f"quick tunnel with cloudflared itself: the address is shown after {seconds:.1f} s")


def settled(session: Session) -> int:
    """Return the count when it has stopped moving."""
    before = -2
    while before != session.requests():
        before = session.requests()
        time.sleep(SETTLED_S)
    return before


def test_every_visit_is_counted_and_nothing_else(laptop: Laptop, app: int, edge: Edge, tmp_path: Path) -> None:
    with laptop.tunnel(tmp_path / "said", f"PORT={app}") as session:
        session.until(lambda: session.requests() >= 0)
        assert settled(session) == 0, session.said.read_text()
        for _ in range(3):
            assert "From my laptop" in page(edge)
        session.until(lambda: session.requests() >= 3)
        assert settled(session) == 3, session.said.read_text()


def test_an_edge_that_went_away_is_dialled_again(session: Session, edge: Edge, note: Note) -> None:
    edge.drop()
    session.until(lambda: page(edge) == "")
    seconds = session.until(lambda: "From my laptop" in page(edge))
    note("measured", f"quick tunnel with cloudflared itself, edge lost: the page is back after {seconds:.1f} s")


def test_a_program_that_died_is_started_again(session: Session, laptop: Laptop, edge: Edge) -> None:
    before = session.said.read_text().count(SHOWN)
    for pid in laptop.running("--metrics"):
        os.kill(pid, signal.SIGKILL)
    session.until(lambda: session.says("The connection is lost; dialling again in 3 s."))
    session.until(lambda: session.said.read_text().count(SHOWN) > before)
    assert "From my laptop" in page(edge)


def test_control_c_leaves_nothing_behind(session: Session, laptop: Laptop, edge: Edge) -> None:
    left = edge.registrar.left
    assert session.control_c() == 0, session.said.read_text()
    assert session.says("Closed.")
    assert edge.registrar.left == left + 1, "Cloudflare was not told"
    assert laptop.running("") == []
    assert list(Path(tempfile.gettempdir()).glob("slipway-tunnel-*")) == []


def test_an_app_of_make_local_is_asked_by_its_own_name_over_https(
    laptop: Laptop, namespace: Namespace, edge: Edge, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        with namespace.entered():
            stack.enter_context(shown.local_app(tmp_path))
        session = stack.enter_context(laptop.tunnel(tmp_path / "said", "APP=shop", XDG_STATE_HOME=str(tmp_path)))
        session.until(lambda: session.says(SHOWN))
        assert page(edge) == "Asked as shop.localhost"


def test_a_service_that_gives_no_more_names_is_quoted(
    laptop: Laptop, app: int, service: Service, tmp_path: Path
) -> None:
    service.exhausted = True
    with laptop.tunnel(tmp_path / "said", f"PORT={app}") as session:
        assert session.process.wait(END_S) == 2, session.said.read_text()
    assert session.says("error code: 1015"), session.said.read_text()
