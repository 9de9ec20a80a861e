"""Pages of private records."""

from __future__ import annotations

import uuid
from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from strongbox.exceptions import Conflict, Invalid, VaultFull
from strongbox.generator.generate import make_password
from strongbox.generator.policy import PasswordPolicy
from strongbox.one_time_code import current_code
from strongbox.request_vault import records_of
from strongbox.schemas import RecordSchema
from strongbox.services import services
from strongbox.vault.record import Draft
from strongbox.web.forms import InvalidForm, read_form
from strongbox.web.identity import login_required, require_user
from strongbox.web.unsaved import form_kept

blueprint = Blueprint("records", __name__, url_prefix="/records")

MAX_PAGE = 1_000_000


@blueprint.get("")
@login_required
def index() -> ResponseReturnValue:
    """List the records, or those that match a search."""
    search = request.args.get("q", "")[:200]
    number = min(max(request.args.get("page", 1, type=int), 1), MAX_PAGE)
    with records_of(require_user().user_id) as records:
        page = records.page(search, number)
    return render_template("records.html", page=page, search=search)


@blueprint.get("/new")
@login_required
def new() -> ResponseReturnValue:
    """Show an empty form."""
    return _form(Draft(title=""), {})


@blueprint.post("/new")
@form_kept
@login_required
def add() -> ResponseReturnValue:
    """Keep a new record, or fill in the form."""
    if "fill" in request.form:
        return _filled()
    try:
        draft = read_form(RecordSchema())
    except InvalidForm as problem:
        return _form(_as_typed(), problem.messages), HTTPStatus.UNPROCESSABLE_ENTITY
    with records_of(require_user().user_id) as records:
        try:
            (record_id,) = records.add(draft)
        except VaultFull as problem:
            return _form(draft, {"title": problem.message}), problem.status
    flash("Saved.")
    return redirect(url_for("records.detail", record_id=record_id))


@blueprint.get("/<uuid:record_id>")
@login_required
def detail(record_id: uuid.UUID) -> ResponseReturnValue:
    """Show a record; its secret stays covered until asked for."""
    with records_of(require_user().user_id) as records:
        record = records.get(record_id)
    code, problem = None, ""
    try:
        code = current_code(record.draft.otp, services().now())
    except Invalid as found:
        problem = found.message
    return render_template("record.html", record=record, draft=record.draft, code=code, code_problem=problem)


@blueprint.get("/<uuid:record_id>/edit")
@login_required
def edit(record_id: uuid.UUID) -> ResponseReturnValue:
    """Show the form, filled in."""
    with records_of(require_user().user_id) as records:
        record = records.get(record_id)
    return _form(record.draft, {}, record_id, record.revision)


@blueprint.post("/<uuid:record_id>/edit")
@form_kept
@login_required
def change(record_id: uuid.UUID) -> ResponseReturnValue:
    """Save a change, unless somebody else did in the meantime."""
    revision = request.form.get("revision", 0, type=int)
    if "fill" in request.form:
        return _filled(record_id, revision)
    try:
        draft = read_form(RecordSchema())
    except InvalidForm as problem:
        return _form(_as_typed(), problem.messages, record_id, revision), HTTPStatus.UNPROCESSABLE_ENTITY
    with records_of(require_user().user_id) as records:
        try:
            before = records.get(record_id)
            records.change(record_id, draft.with_line_breaks_of(before.draft), revision)
        except Conflict as problem:
            return _form(draft, {"title": problem.message}, record_id, revision), problem.status
    flash("Saved.")
    return redirect(url_for("records.detail", record_id=record_id))


@blueprint.get("/<uuid:record_id>/history")
@login_required
def history(record_id: uuid.UUID) -> ResponseReturnValue:
    """Show how a record was before."""
    with records_of(require_user().user_id) as records:
        record = records.get(record_id)
        revisions = records.history(record_id)
    return render_template("history.html", record=record, revisions=revisions)


@blueprint.post("/<uuid:record_id>/history/<int:number>/restore")
@login_required
def restore(record_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """Make a record what it was."""
    with records_of(require_user().user_id) as records:
        records.restore(record_id, number, request.form.get("revision", 0, type=int))
    flash("It is as it was. What it was until now is in its history.")
    return redirect(url_for("records.detail", record_id=record_id))


@blueprint.get("/<uuid:record_id>/delete")
@login_required
def confirm_removal(record_id: uuid.UUID) -> ResponseReturnValue:
    """Ask whether it is meant."""
    with records_of(require_user().user_id) as records:
        record = records.get(record_id)
    return render_template("delete.html", record=record)


@blueprint.post("/<uuid:record_id>/delete")
@login_required
def remove(record_id: uuid.UUID) -> ResponseReturnValue:
    """Delete a record with its history."""
    with records_of(require_user().user_id) as records:
        records.remove(record_id)
    flash("Deleted.")
    return redirect(url_for("records.index"))


def _filled(record_id: uuid.UUID | None = None, revision: int = 0) -> str:
    """Show the form with what was typed, and a new secret where one is asked for. Nothing is kept before Save."""
    draft = _as_typed()
    if request.form["fill"] == "generated":
        draft = replace(draft, secret=make_password(PasswordPolicy()).password)
    return _form(draft, {}, record_id, revision)


def _form(draft: Draft, errors: dict[str, str], record_id: uuid.UUID | None = None, revision: int = 0) -> str:
    return render_template("record_form.html", draft=draft, errors=errors, record_id=record_id, revision=revision)


def _as_typed() -> Draft:
    """Return what was typed, right or wrong, to show it again."""
    texts = {name: request.form.get(name, "") for name in ("title", "username", "secret", "url", "notes", "otp")}
    return Draft(**texts, tags=(request.form.get("tags", ""),))
