"""A password that nobody can recover is not set by a slip."""

from __future__ import annotations

from tests.conftest import STRONG
from tests.visitor import Visitor


def test_a_new_password_is_typed_twice_and_a_slip_is_said(visitor: Visitor) -> None:
    page = visitor.get("/sign-up").text
    assert 'name="password_again"' in page
    assert "Nobody can recover it" in page
    answer = visitor.post("/sign-up", {"name": "anna", "password": STRONG, "password_again": STRONG + "x"})
    assert answer.status_code == 422
    assert 'id="password_again-error"' in answer.text
    assert not visitor.is_logged_in()
    answer = visitor.post("/sign-up", {"name": "anna", "password": STRONG, "password_again": STRONG})
    assert answer.status_code == 302


def test_a_changed_password_and_a_copys_passphrase_are_typed_twice(anna: Visitor) -> None:
    new = "another river under ten moons"
    for path, field in {"/transfer/copy": "passphrase", "/account/password": "new_password"}.items():
        form = {"password": STRONG, field: new, f"{field}_again": new + "x"}
        answer = anna.post(path, form)
        assert answer.status_code == 422
        assert f'id="{field}_again-error"' in answer.text
        assert f'name="{field}_again"' in answer.text
        with anna.post(path, {**form, f"{field}_again": new}) as answer:
            assert answer.status_code in {200, 302}
