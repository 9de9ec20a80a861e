"""schemathesis calls every operation with good and bad input and compares the answers with the document."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from strongbox.limits import limiter
from tests.conftest import STRONG
from tests.visitor import Visitor

EXAMPLES = 25


@pytest.fixture
def api(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> schemathesis.BaseSchema:
    app = make_app()
    Visitor(app).signed_up("anna", STRONG)
    monkeypatch.setattr(limiter, "enabled", False)
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_as_documented(api: schemathesis.BaseSchema, mode: GenerationMode) -> None:
    credentials = {"name": "anna", "password": STRONG}
    token = api.app.test_client().post("/api/v1/tokens", json=credentials).json["access_token"]
    operations = [result.ok() for result in api.get_all_operations()]
    assert len(operations) == 11
    for operation in operations:
        # The caller of this one is logged out by it.
        try_out(operation, mode, "gone" if operation.label == "DELETE /api/v1/tokens" else token)


def try_out(operation: schemathesis.schemas.APIOperation, mode: GenerationMode, token: str) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    # The same cases at every run: a pipeline that fails by chance teaches people to press "retry".
    @settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    def check(case: schemathesis.Case) -> None:
        # That the minima fit into the length is more than JSON Schema can say; it has a test of its own.
        excluded = [positive_data_acceptance] if operation.path == "/api/v1/passwords" else []
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=excluded)

    check()


def test_the_document_says_which_operations_need_a_token(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    guarded = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in {"get", "post", "put", "delete"} and operation.get("security") == [{"token": []}]
    }
    assert guarded == {
        "DELETE /api/v1/tokens",
        "GET /api/v1/records",
        "POST /api/v1/records",
        "GET /api/v1/records/{record_id}",
        "PUT /api/v1/records/{record_id}",
        "DELETE /api/v1/records/{record_id}",
        "GET /api/v1/records/{record_id}/history",
    }
