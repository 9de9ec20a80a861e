from __future__ import annotations

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize("path", ["/", "/healthz", "/there-is-no-such-page"])
def test_every_answer_names_its_release_and_forbids_inline_code(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Release"] == "test-release"
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
