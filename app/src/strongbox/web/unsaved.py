"""What somebody typed into a record's form while their session ended: through the login it gets into its form again.

It is in the pages only, and nothing is saved before its owner, logged in, presses Save.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from strongbox.vault.record import FIELDS, Draft
from strongbox.web.identity import current_user

ENDPOINTS = frozenset({"records.add", "records.change"})
NAMES = (*FIELDS, "revision")
P = ParamSpec("P")

PREFIX = "unsaved-"
"""Of the login form's hidden inputs."""


def typed() -> dict[str, str]:
    """Return the content of the record's form that was sent."""
    return {name: request.form.get(name, "") for name in NAMES}


def carried() -> dict[str, str]:
    """Return what the login form that was sent carries along; nothing in most."""
    return {name: request.form.get(PREFIX + name, "") for name in NAMES if PREFIX + name in request.form}


def rescue() -> ResponseReturnValue | None:
    """Answer a record's form that can't be saved now, so that its text stays; nothing where it is another form."""
    if request.endpoint not in ENDPOINTS:
        return None
    if current_user() is None:
        page = render_template("login.html", errors={}, unsaved=typed(), target=request.path)
        return page, HTTPStatus.UNAUTHORIZED
    return form(
        typed(), request.path, "This form was out of date. Look at it, and save it again."
    ), HTTPStatus.FORBIDDEN


def form_kept(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Show strangers the login page with what they sent in it, instead of sending them there without."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        kept = rescue() if current_user() is None else None
        return kept or view(*args, **kwargs)

    return guarded


def form(values: Mapping[str, str], path: str, why: str) -> str:
    """Show the form of a path with what was typed.

    Args:
        values: by the names of the form's inputs.
        path: where the form belongs; its record need not be there any more.
        why: a sentence for its reader.

    Raises:
        HTTPException: no form of a record belongs there.
    """
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None  # noqa: S101 - there is one while a request lasts # nosec B101
    endpoint, arguments = adapter.match(path, method="POST")
    if endpoint not in ENDPOINTS:
        raise HTTPException
    record_id: uuid.UUID | None = arguments.get("record_id")
    texts = {name: values.get(name, "").replace("\r\n", "\n") for name in FIELDS[:-1]}
    return render_template(
        "record_form.html",
        draft=Draft(**texts, tags=(values.get("tags", ""),)),
        errors={},
        notice=why,
        record_id=record_id,
        revision=values.get("revision", ""),
        action=path,
    )
