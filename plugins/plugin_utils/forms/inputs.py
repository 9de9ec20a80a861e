"""The extra variables of the verbs: the form of each, and what is wrong with what was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import APP, COPY, COUNT, FOLDER, KEPT, NUMBER, RELEASE, SWITCH, TAG, URL, Form, has_template, shown

INPUTS: dict[str, Form] = {
    "app_only": APP,
    "app_review_number": NUMBER,
    "app_rollback_to": RELEASE,
    "app_rollback_force": SWITCH,
    "app_adopt": SWITCH,
    "app_prune": SWITCH,
    "app_maintenance": SWITCH,
    "app_log_lines": COUNT,
    "app_log_process": APP,
    "app_restart_process": APP,
    "app_job": APP,
    "app_forget": KEPT,
    "app_source_dir": FOLDER,
    "app_base_image": TAG,
    "app_webhook": URL,
    "backup_copy": COPY,
    "tunnel_force": SWITCH,
}


def faults(given: Mapping[str, object]) -> list[str]:
    """Return a sentence for each value that has another form than its variable's; an empty text is always fine.

    Args:
        given: the extra variables, not templated.
    """
    found = [_fault(name, given.get(name), form) for name, form in INPUTS.items()]
    images = given.get("app_images") or {}
    if isinstance(images, Mapping):
        found += [_fault("a key of app_images", part, APP) for name in images for part in str(name).split("/", 1)]
        found += [_fault(f"app_images.{shown(name)}", image, TAG) for name, image in images.items()]
    else:
        found.append(f"app_images: {shown(images)!r} is not a mapping of app to image. Correct it after -e.")
    if has_template(given.get("app_review_secrets")):
        found.append("app_review_secrets: a text in it is a template. Correct it after -e.")
    return [fault for fault in found if fault]


def undeclared(name: object, apps: Iterable[Mapping[str, object]]) -> list[str]:
    """Return a sentence where an app is named that no host of the play declares; all of them is an empty name.

    Args:
        name: `app_only`, which has the form of a name.
        apps: `slipway_apps` of all hosts.
    """
    known = sorted({str(app.get("name")) for app in apps})
    if not name or name in known:
        return []
    return [f"app_only: {name!r} is not declared in slipway_apps; declared: {', '.join(known) or 'none'}. Name one."]


def _fault(name: str, value: object, form: Form) -> str:
    if value in (None, "") or form.fits(str(value)):
        return ""
    return f"{name}: {shown(value)!r} is not {form.words}. Correct it after -e."
