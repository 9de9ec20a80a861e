"""Values from outside (a job's environment, a command line), refused unless they have their form."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.errors import RefusalError
from ansible_collections.slipway.kit.plugins.plugin_utils.forms import Form, shown

JOB = "the variables of this job: those given when it was played or triggered, and Settings > CI/CD > Variables"
# All that a job hands on to Ansible, Docker, a host or the audit trail.
JOB_FORMS: dict[str, Form] = {
    "TO": forms.RELEASE,
    "SLIPWAY_TAG": forms.TAG,
    "SLIPWAY_IMAGE": forms.IMAGE,
    "CI_MERGE_REQUEST_IID": forms.NUMBER,
    "CI_COMMIT_SHA": forms.COMMIT,
    "CI_REGISTRY": forms.REPOSITORY,
    "CI_REGISTRY_IMAGE": forms.REPOSITORY,
    "CI_PROJECT_URL": forms.URL,
    "CI_JOB_URL": forms.URL,
    "CI_JOB_ID": forms.DIGITS,
    "GITLAB_USER_LOGIN": forms.LOGIN,
}


def refuse_strange(given: Mapping[str, object], table: Mapping[str, Form], where: str) -> None:
    """Go through the values that are given and not empty.

    Args:
        given: values by name, of which others than the table's are left alone.
        table: the form of each.
        where: they are given.

    Raises:
        RefusalError: for the first one of another form; nothing was touched.
    """
    for name, form in table.items():
        value = given.get(name)
        if value and not form.fits(str(value)):
            raise RefusalError(
                what=f"{name} is not {form.words}",
                value=shown(value),
                where=where,
                next=f"correct {name} there, or leave it out, and run this again",
            )
