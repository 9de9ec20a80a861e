"""The front page: make a password. Shown once, kept nowhere: no session, no log, no address holds it."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from strongbox.generator.generate import Made, make_passphrase, make_password
from strongbox.generator.policy import PasswordPolicy
from strongbox.limits import generating
from strongbox.schemas import PassphrasePolicySchema, PasswordPolicySchema
from strongbox.web.forms import InvalidForm, read_form

blueprint = Blueprint("generator", __name__)

WORDS = "words"


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Show the form, with a fresh policy."""
    return _page({})


@blueprint.post("/")
@generating
def generate() -> ResponseReturnValue:
    """Make a password and show it. Reloading the page makes another one."""
    kind = request.args.get("kind")
    try:
        if kind == WORDS:
            made = make_passphrase(read_form(PassphrasePolicySchema()))
        else:
            made = make_password(read_form(PasswordPolicySchema()))
    except InvalidForm as problem:
        return _page(problem.messages), 422
    return _page({}, made)


def _page(errors: dict[str, str], made: Made | None = None) -> str:
    return render_template(
        "generator.html",
        given=request.form,
        sent=request.method == "POST",
        words=request.args.get("kind") == WORDS,
        defaults=PasswordPolicy(),
        errors=errors,
        made=made,
    )
