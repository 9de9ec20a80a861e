"""Private records of the caller."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from marshmallow import RAISE, Schema, fields, post_load, validate

from strongbox.api.bearer import authenticated, caller
from strongbox.api.blueprint import JsonBlueprint
from strongbox.request_vault import records_of
from strongbox.schemas import PRINTABLE, Form, RecordSchema, StrictSchema, WholeNumber
from strongbox.vault.record import FIELDS, Draft, Page, Record, Revision

blueprint = JsonBlueprint("Records", __name__, url_prefix="/api/v1/records", description="Only ever one's own.")

F = TypeVar("F", bound=Callable[..., Any])


class SearchSchema(StrictSchema):
    """What to list."""

    q = fields.String(
        load_default="",
        validate=[validate.Length(max=200), Form(PRINTABLE, error="This holds a null character.")],
        metadata={"description": "Text in the title, user name, address, notes or tags."},
    )
    page = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))


class SummarySchema(Schema):
    """A line of the list."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    username = fields.String(required=True)
    url = fields.String(required=True)
    tags = fields.List(fields.String(), required=True)
    updated_at = fields.AwareDateTime(required=True)


class PageSchema(Schema):
    """Records by title, at most 50 a page."""

    items = fields.List(fields.Nested(SummarySchema), required=True)
    number = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    total = fields.Integer(required=True)


class ContentSchema(Schema):
    """What a record says."""

    title = fields.String(required=True)
    username = fields.String(required=True)
    secret = fields.String(required=True)
    url = fields.String(required=True)
    notes = fields.String(required=True)
    otp = fields.String(required=True)
    tags = fields.List(fields.String(), required=True)


class RevisionSchema(ContentSchema):
    """What a record said."""

    revision = fields.Integer(required=True)
    updated_at = fields.AwareDateTime(required=True)


class KeptRecordSchema(RevisionSchema):
    """A record."""

    id = fields.UUID(required=True)
    created_at = fields.AwareDateTime(required=True)


@dataclass(frozen=True, slots=True)
class Change:
    """What a record is to say, and which revision its author has seen."""

    draft: Draft
    revision: int


class ChangeSchema(RecordSchema):
    """A record's whole content, and the revision that it replaces."""

    revision = WholeNumber(
        required=True,
        validate=validate.Range(min=1),
        metadata={
            "description": "The one that was read. If somebody saved another one since, nothing is changed: 409."
        },
    )

    @post_load
    def build(self, data: dict[str, object], **_: object) -> Change:
        """Make the change."""
        revision = data.pop("revision")
        return Change(super().build(data), revision)  # type: ignore[arg-type] # marshmallow has checked it


def private(view: F) -> F:
    """Mark and guard a view: it needs an access token."""
    guarded = authenticated(view)
    documented = blueprint.alt_response(401, description="No good access token.")(guarded)
    return blueprint.doc(security=[{"token": []}])(documented)  # type: ignore[no-any-return] # flask-smorest has no types


@blueprint.get("")
@private
# The parser skips what it does not know in a query string, whatever the schema says: `?serach=` would list everything.
@blueprint.arguments(SearchSchema, location="query", unknown=RAISE)
@blueprint.response(200, PageSchema)
def index(search: dict[str, Any]) -> Page:
    """List records, or those that match a search; secrets are not in it."""
    with records_of(caller().user_id) as records:
        return records.page(search["q"], search["page"])


@blueprint.post("")
@private
@blueprint.arguments(RecordSchema)
@blueprint.response(201, KeptRecordSchema)
@blueprint.alt_response(409, description="There is no room.")
def add(draft: Draft) -> dict[str, object]:
    """Keep a record."""
    with records_of(caller().user_id) as records:
        (record_id,) = records.add(draft)
        return _flat(records.get(record_id))


@blueprint.get("/<uuid:record_id>")
@private
@blueprint.response(200, KeptRecordSchema)
@blueprint.alt_response(404, description="There is no such record of yours.")
def detail(record_id: uuid.UUID) -> dict[str, object]:
    """Read a record."""
    with records_of(caller().user_id) as records:
        return _flat(records.get(record_id))


@blueprint.put("/<uuid:record_id>")
@private
@blueprint.arguments(ChangeSchema)
@blueprint.response(200, KeptRecordSchema)
@blueprint.alt_response(404, description="There is no such record of yours.")
@blueprint.alt_response(409, description="It was changed since, or there is no room.")
def change(wanted: Change, record_id: uuid.UUID) -> dict[str, object]:
    """Replace a record's content; what it said goes into its history."""
    with records_of(caller().user_id) as records:
        return _flat(records.change(record_id, wanted.draft, wanted.revision))


@blueprint.delete("/<uuid:record_id>")
@private
@blueprint.response(204)
@blueprint.alt_response(404, description="There is no such record of yours.")
def remove(record_id: uuid.UUID) -> None:
    """Delete a record with its history."""
    with records_of(caller().user_id) as records:
        records.remove(record_id)


@blueprint.get("/<uuid:record_id>/history")
@private
@blueprint.response(200, RevisionSchema(many=True))
@blueprint.alt_response(404, description="There is no such record of yours.")
def history(record_id: uuid.UUID) -> list[dict[str, object]]:
    """Read what a record said before, the latest first; the last 20 times are kept."""
    with records_of(caller().user_id) as records:
        return [_flat(revision) for revision in records.history(record_id)]


def _flat(kept: Record | Revision) -> dict[str, object]:
    content = {name: getattr(kept.draft, name) for name in FIELDS}
    more = {"id": kept.id, "created_at": kept.created_at} if isinstance(kept, Record) else {}
    return {**content, "revision": kept.revision, "updated_at": kept.updated_at, **more}
