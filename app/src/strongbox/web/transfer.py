"""Import and export."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wsgi import FileWrapper

from strongbox import limits
from strongbox.downloads import download
from strongbox.exceptions import Invalid, Refused, VaultFull
from strongbox.logs import log
from strongbox.request_vault import drafts_of, records_of, vault_of
from strongbox.schemas import ExportPassphraseSchema, PasswordSchema
from strongbox.services import services
from strongbox.transfer import encrypted_copy, spreadsheet
from strongbox.web.forms import InvalidForm, read_form
from strongbox.web.identity import login_required, require_user

CHUNK = 64 * 1024
"""Bytes."""

blueprint = Blueprint("transfer", __name__, url_prefix="/transfer")


@blueprint.get("")
@login_required
def overview() -> ResponseReturnValue:
    """Show the ways in and out."""
    return _page({})


@blueprint.post("/import")
@login_required
def import_records() -> ResponseReturnValue:
    """Add the records of a file: all of them or none."""
    file = request.files.get("file")
    try:
        drafts = spreadsheet.read(file.read() if file else b"")
    except Invalid as problem:
        return _page({problem.field: problem.message}), problem.status
    with records_of(require_user().user_id) as records:
        try:
            records.add(*drafts)
        except VaultFull as problem:
            return _page({"file": problem.message}), problem.status
    log("records.imported", user=require_user().user_id, count=len(drafts))
    flash(f"{len(drafts)} records imported.")
    return redirect(url_for("records.index"))


@blueprint.post("/export")
@login_required
@limits.password_again
def export_records() -> ResponseReturnValue:
    """Send all records as readable text."""
    try:
        given = read_form(PasswordSchema())
        services().directory.require_password(require_user().user_id, given["password"])
    except InvalidForm as problem:
        return _page({"export_password": problem.messages["password"]}), HTTPStatus.UNPROCESSABLE_ENTITY
    except Refused as problem:
        return _page({"export_password": problem.message}), problem.status
    owner = require_user().user_id
    response = download(lambda: spreadsheet.write(drafts_of(owner)), "text/csv; charset=utf-8", "strongbox.csv")
    log("records.exported", user=owner)
    return response


@blueprint.post("/copy")
@login_required
@limits.password_again
def export_database() -> ResponseReturnValue:
    """Send the database, encrypted with a passphrase of its owner's choice."""
    try:
        given = read_form(ExportPassphraseSchema())
        services().directory.require_password(require_user().user_id, given["password"])
    except InvalidForm as problem:
        return _page({f"copy_{field}": message for field, message in problem.messages.items()}), (
            HTTPStatus.UNPROCESSABLE_ENTITY
        )
    except Refused as problem:
        return _page({"copy_password": problem.message}), problem.status
    response = download(lambda: _copy(given["passphrase"]), "application/vnd.sqlite3", "strongbox.db")
    log("database.exported", user=require_user().user_id)
    return response


def _copy(passphrase: str) -> FileWrapper:
    owner = require_user().user_id
    with vault_of(owner) as connection:
        file = encrypted_copy.make(connection, services().vaults.paths(owner).folder, passphrase)
    return FileWrapper(file, CHUNK)


def _page(errors: dict[str, str]) -> str:
    return render_template("transfer.html", errors=errors)
