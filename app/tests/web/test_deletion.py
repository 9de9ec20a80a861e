"""A record that is deleted is gone, and so is all that it said before."""

from __future__ import annotations

from strongbox.services import Services
from tests.visitor import Visitor


def test_a_deleted_record_is_gone_with_its_history(anna: Visitor) -> None:
    record = anna.keep(title="Bank")
    assert "Delete “Bank”?" in anna.get(f"/records/{record}/delete").text
    assert anna.post(f"/records/{record}/delete").location == "/records"
    assert anna.get(f"/records/{record}").status_code == 404
    assert anna.get(f"/records/{record}/history").status_code == 404
    assert anna.post(f"/records/{record}/delete").status_code == 404


def test_nothing_of_a_deleted_record_stays_in_the_database(anna: Visitor, parts: Services) -> None:
    record = anna.keep(title="Bank", secret="old")
    anna.post(f"/records/{record}/edit", {"title": "Bank", "secret": "new", "revision": "1"})
    with parts.vaults.opened(parts.directory.named("anna").id) as connection:
        assert connection.execute("SELECT secret FROM revisions").fetchall() == [("old",)]
    anna.post(f"/records/{record}/delete")
    with parts.vaults.opened(parts.directory.named("anna").id) as connection:
        assert connection.execute("SELECT count(*) FROM revisions").fetchone() == (0,)
