"""Sign-up, login, logout, password, deletion."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema
from werkzeug.exceptions import Forbidden, HTTPException

from strongbox import limits
from strongbox.due_rotation import rotate_if_due
from strongbox.exceptions import Conflict, Invalid, Refused
from strongbox.logs import log
from strongbox.schemas import CredentialsSchema, PasswordChangeSchema, PasswordSchema
from strongbox.services import services
from strongbox.web import unsaved
from strongbox.web.forms import InvalidForm, read_form, require_same_twice
from strongbox.web.identity import current_user, local_path, log_in, log_out, login_required, require_user

blueprint = Blueprint("account", __name__)

SHOWN_SESSIONS = 20
"""The account's page lists so many, however many programs log in."""

LOCAL_NAME = "local"
"""Of the one account on a person's own machine."""


@blueprint.get("/sign-up")
def sign_up() -> ResponseReturnValue:
    """Show the form."""
    if current_user():
        return redirect(url_for("records.index"))
    _require_open()
    return render_template("sign_up.html", errors={})


@blueprint.post("/sign-up")
@limits.sign_ups
def create() -> ResponseReturnValue:
    """Open an account and log it in."""
    _require_open()
    try:
        name, password = _credentials()
        require_same_twice("password")
        account = services().directory.sign_up(name, password)
    except InvalidForm as problem:
        return render_template("sign_up.html", errors=problem.messages), HTTPStatus.UNPROCESSABLE_ENTITY
    except Invalid as problem:
        return render_template("sign_up.html", errors={problem.field: problem.message}), problem.status
    except Conflict as problem:
        return render_template("sign_up.html", errors={"name": problem.message}), problem.status
    log("account.opened", user=account.id)
    log_in(account)
    return redirect(url_for("records.index"))


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    """Show the form; on a person's own machine, the first time, the one to choose a passphrase."""
    if current_user():
        return redirect(url_for("records.index"))
    if _is_first_visit():
        return redirect(url_for("account.sign_up"))
    return _login_page({})


@blueprint.post("/login")
@limits.login_by_network
@limits.login_by_account
def login_post() -> ResponseReturnValue:
    """Log in. A key that is due is replaced on the way."""
    try:
        account = services().directory.authenticate(*_credentials())
    except InvalidForm as problem:
        return _login_page(problem.messages), HTTPStatus.UNPROCESSABLE_ENTITY
    except Refused as problem:
        log("login.refused")
        return _login_page({"password": problem.message}), problem.status
    log("login", user=account.id)
    log_in(account)
    rotate_if_due(account.id)
    target = local_path(request.args.get("next"), url_for("records.index"))
    typed = unsaved.carried()
    if typed:
        try:
            return unsaved.form(
                typed, target, "This is what you typed before you were logged out. It is not saved yet."
            )
        except HTTPException:
            log("unsaved.lost")
    return redirect(target)


@blueprint.post("/logout")
@login_required
def logout() -> ResponseReturnValue:
    """Log out."""
    log("logout", user=require_user().user_id)
    log_out()
    return redirect(url_for("generator.index"))


@blueprint.get("/account")
@login_required
def settings() -> ResponseReturnValue:
    """Show what can be done with the account."""
    return _settings_page({})


@blueprint.post("/account/password")
@login_required
@limits.password_again
def change_password() -> ResponseReturnValue:
    """Set a new password; every other session ends, and this one gets a new id."""
    owner = require_user()
    try:
        given = read_form(PasswordChangeSchema())
        require_same_twice("new_password")
        services().directory.change_password(owner.user_id, given["password"], given["new_password"])
    except InvalidForm as problem:
        return _settings_page(problem.messages), HTTPStatus.UNPROCESSABLE_ENTITY
    except (Refused, Invalid) as problem:
        field = getattr(problem, "field", "password")
        return _settings_page({field: problem.message}), problem.status
    log("password.changed", user=owner.user_id)
    log_in(services().directory.named(owner.name))
    flash("Your password is changed. Everywhere else you are logged out.")
    return redirect(url_for("account.settings"))


@blueprint.post("/account/log-out-others")
@login_required
def log_out_others() -> ResponseReturnValue:
    """End all sessions of the account but this one."""
    owner = require_user()
    count = services().sessions.end_others(owner.user_id, owner.session_id)
    log("logout.others", user=owner.user_id, count=count)
    flash("You are logged in here only.")
    return redirect(url_for("account.settings"))


@blueprint.post("/account/delete")
@login_required
@limits.password_again
def delete() -> ResponseReturnValue:
    """Delete the account with its vault."""
    owner = require_user()
    try:
        given = read_form(PasswordSchema())
        services().directory.require_password(owner.user_id, given["password"])
    except InvalidForm as problem:
        return _settings_page({"delete_password": problem.messages["password"]}), HTTPStatus.UNPROCESSABLE_ENTITY
    except Refused as problem:
        return _settings_page({"delete_password": problem.message}), problem.status
    services().directory.close(owner.name)
    log("account.deleted", user=owner.user_id)
    session.clear()
    flash("Your account and all its records are deleted.")
    return redirect(url_for("generator.index"))


def _login_page(errors: dict[str, str]) -> str:
    return render_template("login.html", errors=errors, unsaved=unsaved.carried(), target=request.args.get("next"))


def _settings_page(errors: dict[str, str]) -> str:
    owner = require_user()
    sessions, total = services().sessions.of(owner.user_id, owner.session_id, SHOWN_SESSIONS)
    return render_template("account.html", errors=errors, sessions=sessions, total=total)


def _credentials() -> tuple[str, str]:
    """Read name and password; on a person's own machine the name is given."""
    single = services().settings.single_user
    schema: Schema = PasswordSchema() if single else CredentialsSchema()
    given = read_form(schema)
    return (LOCAL_NAME if single else given["name"]), given["password"]


def _is_first_visit() -> bool:
    return services().settings.single_user and not any(services().directory.accounts())


def _require_open() -> None:
    parts = services()
    taken = parts.settings.single_user and not _is_first_visit()
    if taken or not parts.settings.sign_up_open:
        raise Forbidden("New accounts can't be opened here. Ask whoever runs this Strongbox.")
