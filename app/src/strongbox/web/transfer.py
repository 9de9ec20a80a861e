"""Import and export."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.wsgi import FileWrapper

from strongbox import bodies, limits
from strongbox.downloads import download
from strongbox.exceptions import Conflict, Invalid, Refused, VaultFull
from strongbox.logs import log
from strongbox.request_vault import drafts_of, records_of, vault_of
from strongbox.schemas import CopyPassphraseSchema, ExportPassphraseSchema, PasswordSchema
from strongbox.services import services
from strongbox.transfer import encrypted_copy, imports, pending, spreadsheet
from strongbox.vault.ceiling import MIB
from strongbox.web.forms import InvalidForm, read_form, require_same_twice
from strongbox.web.identity import account_or_network, login_required, require_user

CHUNK = 64 * 1024
"""Bytes."""

blueprint = Blueprint("transfer", __name__, url_prefix="/transfer")

copies = limits.limiter.shared_limit("10 per 15 minutes", "copies", key_func=account_or_network)
"""To open one takes as long as to hash a password, whatever is in it."""

SHOWN_LINES = 100
"""Of a file with more lines to talk about, the first ones are named."""


@blueprint.get("")
@login_required
def overview() -> ResponseReturnValue:
    """Show the ways in and out. An import that somebody looked at and left is forgotten."""
    paths = services().vaults.paths(require_user().user_id)
    with paths.locked():
        pending.give_up(paths)
    return _page({})


@blueprint.post("/import")
@login_required
def import_records() -> ResponseReturnValue:
    """Add the records of a file; where there is something to decide, show first what would become of it."""
    file = request.files.get("file")
    try:
        found = imports.read(file.read() if file else b"")
    except Invalid as problem:
        return _page({problem.field: problem.message}), problem.status
    owner = require_user().user_id
    with records_of(owner) as records:
        new = records.without_known(found.drafts)
        if found.is_whole and len(new) == len(found.drafts):
            try:
                records.add(*new)
            except VaultFull as problem:
                return _page({"file": problem.message}), problem.status
            return _imported(len(new))
        key = pending.hold(services().vaults.paths(owner), found.drafts)
    known = len(found.drafts) - len(new)
    return render_template("import.html", found=found, known=known, key=key, shown=SHOWN_LINES)


@blueprint.post("/import/confirm")
@login_required
def confirm_import() -> ResponseReturnValue:
    """Do the import that was looked at."""
    owner = require_user().user_id
    paths = services().vaults.paths(owner)
    with records_of(owner) as records:
        try:
            drafts = pending.held(paths, request.form.get("key", ""))
            if request.form.get("skip_known"):
                drafts = records.without_known(drafts)
            records.add(*drafts)
        except (Conflict, VaultFull) as problem:
            return _page({"file": problem.message}), problem.status
        pending.give_up(paths)
    return _imported(len(drafts))


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
        require_same_twice("passphrase")
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


@blueprint.post("/bring-back")
@login_required
@copies
def bring_back() -> ResponseReturnValue:
    """Add the records of an encrypted copy."""
    owner = require_user().user_id
    try:
        given = read_form(CopyPassphraseSchema())
        with records_of(owner) as records:
            found = encrypted_copy.bring_back(
                records.bring_back,
                services().vaults.paths(owner).folder,
                request.files.get("file") or FileStorage(),
                given["passphrase"],
            )
    except InvalidForm as problem:
        return _page({"bring_back": problem.messages["passphrase"]}), HTTPStatus.UNPROCESSABLE_ENTITY
    except (Invalid, VaultFull) as problem:
        return _page({"bring_back": problem.message}), problem.status
    log("database.brought_back", user=owner, count=found.added)
    flash(f"{found.added} brought back; {found.known} were here and stayed as they are.")
    if found.unreadable:
        flash(f"{found.unreadable} of the copy are not as Strongbox writes them, and were left out.")
    return redirect(url_for("records.index"))


def _imported(count: int) -> ResponseReturnValue:
    log("records.imported", user=require_user().user_id, count=count)
    flash(f"{count} record{'' if count == 1 else 's'} imported.")
    return redirect(url_for("records.index"))


def _page(errors: dict[str, str]) -> str:
    return render_template("transfer.html", errors=errors, copy_mib=bodies.of_a_copy(services().settings) // MIB)
